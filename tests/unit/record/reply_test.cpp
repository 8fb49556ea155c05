#include "sluice/record/reply.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <random>

namespace {

using sluice::outgoing;
using sluice::reply;

reply sample()
{
    reply made;
    made.add({"inventory.reserved", std::string{"k\0y", 3}, std::string{"\0\xff\x01", 3}, {}, {}, {}});
    made.add({"",
              std::nullopt,
              std::nullopt,
              {{"a", ""}, {"a", std::nullopt}, {"", std::string(300, 'x')}},
              0,
              sluice::timestamp{std::chrono::milliseconds{-1}}});
    made.add({"t", "", "", {}, std::numeric_limits<std::int32_t>::max(), sluice::timestamp::max()});
    return made;
}

BOOST_AUTO_TEST_SUITE(kept_reply)

BOOST_AUTO_TEST_CASE(what_was_kept_is_what_comes_back)
{
    BOOST_TEST((reply::decode(sample().encode()).value().records() == sample().records()));
    BOOST_TEST(reply::decode(reply{}.encode()).value().records().empty());
}

BOOST_AUTO_TEST_CASE(cut_or_prolonged_bytes_are_an_error)
{
    const std::string bytes = sample().encode();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto got = reply::decode(std::string_view{bytes}.substr(0, size));
        BOOST_REQUIRE(got.has_error());
        BOOST_TEST((got.error() == sluice::errc::corrupt));
    }
    BOOST_TEST(reply::decode(bytes + '\0').has_error());
    BOOST_TEST(reply::decode("\x02" + bytes.substr(1)).has_error());
    BOOST_TEST(reply::decode("\x01" + std::string(9, '\xff') + "\x01").has_error());
    BOOST_TEST(reply::decode("\x01" + std::string(20, '\xff')).has_error());
}

BOOST_AUTO_TEST_CASE(damaged_bytes_never_do_harm)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed)
    {
        std::mt19937 random{seed};
        const std::string bytes = sample().encode();
        for (int i = 0; i < 20'000; ++i) {
            std::string damaged = bytes;
            damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
            damaged[random() % damaged.size()] = static_cast<char>(random());
            if (const auto got = reply::decode(damaged))
                BOOST_REQUIRE((reply::decode(got->encode()).value().records() == got->records()));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
