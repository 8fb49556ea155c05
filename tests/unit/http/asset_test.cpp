#include "sluice/http/asset.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice::http;

BOOST_AUTO_TEST_CASE(a_page_may_load_nothing_that_is_not_its_servers)
{
    const auto got = answer(asset{"a.js", "text/javascript", "let a = 1;"});
    BOOST_TEST(got.status == 200u);
    BOOST_TEST(got.body == "let a = 1;");
    BOOST_TEST(got.header("Content-Type").value() == "text/javascript; charset=utf-8");
    BOOST_TEST(got.header("X-Content-Type-Options").value() == "nosniff");
    const auto policy = got.header("Content-Security-Policy").value();
    BOOST_TEST(policy.starts_with("default-src 'none'; script-src 'self';"));
    for (const auto* loophole : {"unsafe-inline", "unsafe-eval", "*", "http"})
        BOOST_TEST(policy.find(loophole) == policy.npos, loophole);
}
