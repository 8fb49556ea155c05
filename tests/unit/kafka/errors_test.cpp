#include "sluice/kafka/errors.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;

BOOST_AUTO_TEST_CASE(an_error_that_callers_branch_on_is_an_outcome)
{
    const auto refused = kafka::make_error(RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, "commit");
    BOOST_TEST((refused == errc::rebalancing));
    BOOST_TEST(refused.message() == "commit: Broker: Group rebalance in progress (REBALANCE_IN_PROGRESS)");
    BOOST_TEST((kafka::make_error(RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, "commit") == errc::assignment_lost));
    BOOST_TEST((kafka::make_error(RD_KAFKA_RESP_ERR__TRANSPORT, "commit") == errc::unavailable));
    // A code of the new group protocol, which older headers do not name.
    BOOST_TEST((kafka::make_error(static_cast<rd_kafka_resp_err_t>(113), "commit") == errc::assignment_lost));
}

BOOST_AUTO_TEST_CASE(any_other_error_keeps_its_code)
{
    const auto failed = kafka::make_error(RD_KAFKA_RESP_ERR__BAD_COMPRESSION, "fetch", "zstd says no");
    BOOST_TEST((failed.code == kafka::make_error_code(RD_KAFKA_RESP_ERR__BAD_COMPRESSION)));
    BOOST_TEST(failed.message() == "fetch: zstd says no (_BAD_COMPRESSION)");
    BOOST_TEST(failed.code.message() == "Local: Invalid compressed data");
}

BOOST_AUTO_TEST_CASE(no_error_is_success)
{
    BOOST_TEST(kafka::check(RD_KAFKA_RESP_ERR_NO_ERROR, "commit").has_value());
    BOOST_TEST(kafka::check(RD_KAFKA_RESP_ERR__TIMED_OUT, "commit").has_error());
}
