#include "sluice/base/rfc3339.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace std::chrono;
using namespace std::chrono_literals;
using sluice::from_rfc3339;
using sluice::timestamp;
using sluice::to_rfc3339;

BOOST_AUTO_TEST_SUITE(rfc3339)

BOOST_AUTO_TEST_CASE(a_time_is_written_in_utc_with_milliseconds)
{
    BOOST_TEST(to_rfc3339(sys_days{2026y / 1 / 2} + 3h + 4min + 5s + 678ms) == "2026-01-02T03:04:05.678Z");
    BOOST_TEST(to_rfc3339(timestamp{}) == "1970-01-01T00:00:00.000Z");
    BOOST_TEST(to_rfc3339(timestamp{-1ms}) == "1969-12-31T23:59:59.999Z");
    BOOST_TEST(to_rfc3339(timestamp::min()) == "0000-01-01T00:00:00.000Z");
    BOOST_TEST(to_rfc3339(timestamp::max()) == "9999-12-31T23:59:59.999Z");
}

BOOST_AUTO_TEST_CASE(what_is_read_is_converted_to_utc_milliseconds)
{
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"},
        {"2026-01-02t03:04:05z", "2026-01-02T03:04:05.000Z"},
        {"2026-01-02T03:04:05.6Z", "2026-01-02T03:04:05.600Z"},
        {"2026-01-02T03:04:05.67899999999999999999999Z", "2026-01-02T03:04:05.678Z"},
        {"2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05.000Z"},
        {"2026-01-02T03:04:05-23:59", "2026-01-03T03:03:05.000Z"},
        {"2026-01-02T03:04:05-00:00", "2026-01-02T03:04:05.000Z"},
        {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},
        {"0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"},
        {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
    };
    for (const auto& [text, expected] : rows) {
        const auto when = from_rfc3339(text);
        BOOST_REQUIRE_MESSAGE(when.has_value(), text);
        BOOST_TEST(to_rfc3339(*when) == expected);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_refused)
{
    for (const std::string_view text : {"",
                                        "2026",
                                        "2026-01-02",
                                        "2026-01-02T03:04:05",
                                        "2026-01-02T03:04Z",
                                        "2026-01-02 03:04:05Z",
                                        "2026-02-29T00:00:00Z",
                                        "2026-02-30T00:00:00Z",
                                        "2026-13-01T00:00:00Z",
                                        "2026-00-01T00:00:00Z",
                                        "2026-01-00T00:00:00Z",
                                        "2026-01-02T24:00:00Z",
                                        "2026-01-02T23:60:00Z",
                                        "2026-12-31T23:59:60Z",
                                        "2026-01-02T03:04:05.Z",
                                        "2026-01-02T03:04:05,5Z",
                                        "2026-01-02T03:04:05+2:00",
                                        "2026-01-02T03:04:05+0200",
                                        "2026-01-02T03:04:05+24:00",
                                        "2026-01-02T03:04:05+00:60",
                                        "2026-01-02T03:04:05Zx",
                                        "2026-1-2T03:04:05Z",
                                        "12026-01-02T03:04:05Z",
                                        "-026-01-02T03:04:05Z",
                                        "2026-01-02T03:04:05ZZ",
                                        "9999-12-31T23:59:59-00:01",
                                        "0000-01-01T00:00:00+00:01",
                                        " 2026-01-02T03:04:05Z"})
        BOOST_TEST(!from_rfc3339(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
