// The one module main of every Boost.Test program of this tree.
#define BOOST_TEST_MODULE haulier
#include <boost/test/unit_test.hpp>

#include <csignal>

namespace {

// As in the program: a connection whose other end has gone is an error to handle, not the end of the process.
struct WithoutSigpipe {
  WithoutSigpipe() { std::signal(SIGPIPE, SIG_IGN); }
};

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(WithoutSigpipe);
