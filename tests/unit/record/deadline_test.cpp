#include "sluice/record/deadline.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace sluice;

record with(std::optional<std::string> text)
{
    return record::make({"t", 0}, 0, "k", "v", {{"sluice-deadline", std::move(text)}});
}

// Makes no list of its headers.
class one_at_a_time final : public record_bytes {
public:
    [[nodiscard]] std::vector<header_view> headers() const override { throw std::logic_error{"a list was made"}; }
    [[nodiscard]] std::optional<header_view> find_last(std::string_view name) const override
    {
        if (name != deadline_header) return std::nullopt;
        return header_view{deadline_header, "1234"};
    }
};

BOOST_AUTO_TEST_SUITE(deadlines)

BOOST_AUTO_TEST_CASE(a_deadline_is_read_as_it_was_written)
{
    const timestamp when{std::chrono::milliseconds{1'700'000'000'123}};
    const auto written = deadline_at(when);
    BOOST_TEST(written.name == "sluice-deadline");
    BOOST_TEST(*written.value == "1700000000123");
    BOOST_TEST((deadline_of(with(written.value)) == when));
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_no_deadline)
{
    BOOST_TEST(!deadline_of(record::make({"t", 0}, 0, "k", "v")).has_value());
    for (const auto* text : {"", " 1", "1 ", "1.5", "0x10", "tomorrow", "99999999999999999999", "+1"})
        BOOST_TEST(!deadline_of(with(text)).has_value(), text);
    BOOST_TEST(!deadline_of(with(std::nullopt)).has_value());
}

BOOST_AUTO_TEST_CASE(a_header_is_found_without_a_list_of_all)
{
    record::fields where;
    where.topic = "t";
    const record made{where, std::make_unique<one_at_a_time>()};
    BOOST_TEST((made.header("sluice-deadline") == "1234"));
    BOOST_TEST(!made.header("sluice-id").has_value());
    BOOST_TEST(deadline_of(made).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
