#include "sluice/base/nearest.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace sluice;

BOOST_AUTO_TEST_CASE(the_nearest_word_is_the_one_with_the_fewest_edits)
{
    const std::vector<std::string> known{"acks", "batch.size", "linger.ms", "retries"};
    BOOST_TEST(nearest("linger.m", known).value() == "linger.ms");
    BOOST_TEST(nearest("batchsize", known).value() == "batch.size");
    BOOST_TEST(nearest("ack", known).value() == "acks");
    BOOST_TEST(nearest("akcs", known).value() == "acks");
    BOOST_TEST(did_you_mean("retrise", known) == "; did you mean `retries`?");
}

BOOST_AUTO_TEST_CASE(a_word_that_is_like_none_has_no_nearest)
{
    const std::vector<std::string> known{"acks", "retries"};
    BOOST_TEST(!nearest("compression", known));
    BOOST_TEST(!nearest("", known));
    BOOST_TEST(did_you_mean("x", {}).empty());
}
