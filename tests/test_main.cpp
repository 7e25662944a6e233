// The one module main of every Boost.Test program of this tree.
#define BOOST_TEST_MODULE haulier
#include <boost/test/unit_test.hpp>
