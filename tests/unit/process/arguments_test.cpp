#include "sluice/process/arguments.hpp"

#include "sluice/process/usage_error.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

arguments parse(std::vector<const char*> texts)
{
    return parse_arguments(texts, [](std::string_view name) { return name == "json"; });
}

std::string refusal(std::vector<const char*> texts)
{
    try {
        parse(std::move(texts));
    } catch (const usage_error& bad) {
        return bad.what();
    }
    return "accepted";
}

}  // namespace

BOOST_AUTO_TEST_CASE(words_and_flags_come_in_any_order)
{
    const auto parsed =
        parse({"--drain", "5s", "run", "--kafka.bootstrap.servers=a:1,b:2", "inventory", "--json", "-", "--", "--x"});
    const std::vector<std::string> words{"run", "inventory", "-", "--x"};
    BOOST_TEST(parsed.words == words, boost::test_tools::per_element());
    const given_flags flags{{"drain", "5s"}, {"kafka.bootstrap.servers", "a:1,b:2"}, {"json", "true"}};
    BOOST_TEST((parsed.flags == flags));
    BOOST_TEST(!parsed.help);
}

BOOST_AUTO_TEST_CASE(help_is_asked_for_anywhere)
{
    BOOST_TEST(parse({"consume", "--help"}).help);
    BOOST_TEST(parse({"-h"}).help);
}

BOOST_AUTO_TEST_CASE(a_value_may_begin_with_one_dash_and_with_two_behind_an_equals_sign)
{
    BOOST_TEST(parse({"--x", "-5"}).flags.front().second.value() == "-5");
    BOOST_TEST(parse({"--x=--y"}).flags.front().second.value() == "--y");
    BOOST_TEST(parse({"--x="}).flags.front().second.value().empty());
}

BOOST_AUTO_TEST_CASE(a_flag_may_lack_its_value)
{
    BOOST_TEST(!parse({"run", "--drain"}).flags.front().second);
    const auto parsed = parse({"--drain", "--shards", "2"});
    BOOST_TEST(!parsed.flags.front().second);
    BOOST_TEST(parsed.flags.back().second.value() == "2");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_understood_is_refused)
{
    BOOST_TEST(refusal({"-x"}) == "unknown flag `-x`");
}
