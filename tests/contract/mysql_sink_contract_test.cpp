#include "mysql_places.hpp"
#include "sink_contract_erase.hpp"
#include "sink_contract_lookup.hpp"

using haulier::testing::mysql_sink;

BOOST_AUTO_TEST_SUITE(mysql)

HAULIER_SINK_CONTRACT(mysql_sink())
HAULIER_TRANSACTIONAL_SINK_CONTRACT(mysql_sink())
HAULIER_LOOKUP_SINK_CONTRACT(mysql_sink())
HAULIER_ERASE_SINK_CONTRACT(mysql_sink())
HAULIER_SINK_CASE(mysql_sink(), a_stop_at_any_step_loses_and_doubles_nothing)

BOOST_AUTO_TEST_SUITE_END()
