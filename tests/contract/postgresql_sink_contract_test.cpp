#include "postgresql_places.hpp"
#include "sink_contract_erase.hpp"
#include "sink_contract_lookup.hpp"

using haulier::testing::postgresql_sink;

BOOST_AUTO_TEST_SUITE(postgresql)

HAULIER_SINK_CONTRACT(postgresql_sink())
HAULIER_TRANSACTIONAL_SINK_CONTRACT(postgresql_sink())
HAULIER_LOOKUP_SINK_CONTRACT(postgresql_sink())
HAULIER_ERASE_SINK_CONTRACT(postgresql_sink())
HAULIER_SINK_CASE(postgresql_sink(), a_stop_at_any_step_loses_and_doubles_nothing)

BOOST_AUTO_TEST_SUITE_END()
