#include "sluice/base/json_text.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using sluice::printable;
using sluice::utf8_sequence;

BOOST_AUTO_TEST_SUITE(json_text)

BOOST_AUTO_TEST_CASE(only_well_formed_utf8_sequences_count)
{
    for (const std::string_view whole : {"a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                                         "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
        BOOST_TEST(utf8_sequence(whole) == whole.size());
        BOOST_TEST(utf8_sequence(whole.substr(0, whole.size() - 1)) == 0u);
        BOOST_TEST(utf8_sequence(std::string{whole} + "x") == whole.size());
    }
    for (const std::string_view broken : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf",
                                          "\xc2"
                                          "a",
                                          "\xe0\x9f\xbf", "\xed\xa0\x80",
                                          "\xe1\x80"
                                          "a",
                                          "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
        BOOST_TEST(utf8_sequence(broken) == 0u);
}

// Bytes are looked at eight at a time: each has a turn at each place of the eight, and behind them.
BOOST_AUTO_TEST_CASE(what_must_be_escaped_is_wherever_it_stands)
{
    for (int byte = 0; byte < 0x100; ++byte)
        for (std::size_t place = 0; place < 19; ++place) {
            std::string text(19, 'a');
            text[place] = static_cast<char>(byte);
            std::string alone, among;
            sluice::append_json_string(alone, text.substr(place, 1));
            sluice::append_json_string(among, text);
            const auto expected =
                '"' + std::string(place, 'a') + alone.substr(1, alone.size() - 2) + std::string(18 - place, 'a') + '"';
            BOOST_TEST(among == expected);
            const bool as_it_is = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
            BOOST_TEST((alone == '"' + text.substr(place, 1) + '"') == as_it_is);
        }
}

BOOST_AUTO_TEST_CASE(printable_text_upsets_no_terminal)
{
    BOOST_TEST(printable("plain é") == "plain é");
    BOOST_TEST(printable(std::string_view{"\0\n\x7f\xff", 4}) == R"(\x00\x0a\x7f\xff)");
    BOOST_TEST(printable("\xc2\x9b"
                         "2J\xc2\xa0") == "\\xc2\\x9b2J\xc2\xa0");
    BOOST_TEST(printable(std::string(40, 'a')) == std::string(40, 'a'));
    BOOST_TEST(printable(std::string(41, 'a')) == std::string(40, 'a') + "…");
    BOOST_TEST(printable("aéb", 2) == "aé…");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
