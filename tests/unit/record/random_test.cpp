#include "payloads.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <random>

namespace {

using namespace payloads;
using sluice::from_json;
using sluice::to_json;

/// Every choice of a test, from one seed.
class chooser {
public:
    explicit chooser(std::uint64_t seed) : random_{seed} {}

    std::uint64_t bits() { return random_(); }
    std::size_t below(std::size_t bound) { return random_() % bound; }
    bool one_in(std::size_t chances) { return below(chances) == 0; }
    std::string_view one_of(std::initializer_list<std::string_view> choices)
    {
        return data(choices)[below(choices.size())];
    }

    /// Valid UTF-8, with what JSON has to escape.
    std::string text()
    {
        std::string made;
        for (auto left = below(12); left > 0; --left)
            made += one_in(3)
                        ? one_of({"\"", "\\", "\n", "\x01", "\x7f", "é", "€", "😀", std::string_view{"\0", 1}, "/"})
                        : one_of({"a", "b", "c", " ", "0"});
        return made;
    }

    template <class T>
    T integer()
    {
        return one_in(4) ? static_cast<T>(one_in(2) ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max())
                         : static_cast<T>(bits() >> below(64));
    }

    double real()
    {
        const double any = std::bit_cast<double>(bits());
        return std::isfinite(any) && one_in(2) ? any : static_cast<double>(integer<std::int32_t>()) / 64;
    }

private:
    std::mt19937_64 random_;
};

everything some(chooser& choose, int depth)
{
    everything made;
    made.flag = choose.one_in(2);
    made.small = choose.integer<std::uint8_t>();
    made.large = choose.integer<std::int64_t>();
    made.larger = choose.integer<std::uint64_t>();
    made.real = choose.real();
    made.text = choose.text();
    if (choose.one_in(2)) made.maybe = item{choose.text(), choose.integer<std::int32_t>(), {}};
    made.matrix.resize(choose.below(3));
    for (auto& row : made.matrix) row.resize(choose.below(3), choose.integer<std::int32_t>());
    for (auto left = choose.below(3); left > 0; --left) {
        auto& amounts = made.amounts[choose.text()];
        amounts.resize(choose.below(3));
        for (auto& each : amounts)
            if (!choose.one_in(3)) each = money::of_minor(choose.integer<std::int64_t>());
    }
    for (auto left = depth > 0 ? choose.below(3) : 0; left > 0; --left) made.inner.push_back(some(choose, depth - 1));
    return made;
}

template <class Test>
void with_seed(Test test)
{
    const auto* fixed = std::getenv("SLUICE_SEED");
    const std::uint64_t seed = fixed ? std::stoull(fixed) : std::random_device{}();
    BOOST_TEST_CONTEXT("SLUICE_SEED=" << seed)
    {
        chooser choose{seed};
        test(choose);
    }
}

/// What is read by our codec, and below by hand from Boost.JSON's DOM.
struct sample {
    bool flag = false;
    std::int16_t number = 0;
    std::uint64_t larger = 0;
    double real = 0;
    std::string text;
    std::optional<std::int64_t> maybe;
    priority level = priority::none;
    std::vector<sample> inner;
    std::map<std::string, std::string> labels;
};
BOOST_DESCRIBE_STRUCT(sample, (), (flag, number, larger, real, text, maybe, level, inner, labels))

namespace json = boost::json;

void read(const json::value& from, bool& to)
{
    to = from.as_bool();
}
void read(const json::value& from, double& to)
{
    to = from.to_number<double>();
    if (!std::isfinite(to)) throw std::out_of_range{"no double"};
}
void read(const json::value& from, std::string& to)
{
    to = from.as_string();
}

template <sluice::detail::json_integer T>
void read(const json::value& from, T& to)
{
    if (from.is_double()) throw std::invalid_argument{"not an integer"};
    to = from.to_number<T>();
}
void read(const json::value& from, priority& to)
{
    if (!boost::describe::enum_from_string(std::string{from.as_string()}.c_str(), to))
        throw std::invalid_argument{"not a priority"};
}
void read(const json::value& from, sample& to);
template <class T>
void read(const json::value& from, std::vector<T>& to)
{
    for (const auto& each : from.as_array()) read(each, to.emplace_back());
}
template <class T>
void read(const json::value& from, std::map<std::string, T>& to)
{
    for (const auto& each : from.as_object()) read(each.value(), to[each.key()]);
}
void read(const json::value& from, sample& to)
{
    const auto& object = from.as_object();
    read(object.at("flag"), to.flag);
    read(object.at("number"), to.number);
    read(object.at("larger"), to.larger);
    read(object.at("real"), to.real);
    read(object.at("text"), to.text);
    if (const auto* maybe = object.if_contains("maybe"); maybe && !maybe->is_null()) read(*maybe, to.maybe.emplace());
    read(object.at("level"), to.level);
    read(object.at("inner"), to.inner);
    read(object.at("labels"), to.labels);
}

std::optional<sample> read_by_hand(std::string_view text)
{
    try {
        sample made;
        read(json::parse(text), made);
        return made;
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

/// Boost.JSON's doubles may be some units in the last place away.
bool same(const sample& left, const sample& right)
{
    return left.flag == right.flag && left.number == right.number && left.larger == right.larger &&
           std::fabs(left.real - right.real) <= 1e-14 * std::fabs(left.real) + 1e-300 && left.text == right.text &&
           left.maybe == right.maybe && left.level == right.level && left.labels == right.labels &&
           std::ranges::equal(left.inner, right.inner, same);
}

/// JSON texts that are a `sample` most of the time, and JSON nearly always.
class writer {
public:
    explicit writer(chooser& choose) : choose_{choose} {}

    std::string document()
    {
        std::string text = object(2);
        if (choose_.one_in(10)) text[choose_.below(text.size())] = static_cast<char>(choose_.bits());
        return text;
    }

private:
    std::string space() { return std::string{choose_.one_of({"", "", "", " ", "\n\t", "\r  "})}; }

    std::string string(std::string_view text)
    {
        std::string made = "\"";
        for (const char c : text) {
            if (choose_.one_in(8) && c >= 0)
                made += "\\u00" + std::string{"0123456789abcdef"[c / 16]} + "0123456789ABCDEF"[c % 16];
            else if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\')
                made += c == '\n' ? "\\n" : c == '"' ? "\\\"" : c == '\\' ? "\\\\" : c == 0 ? "\\u0000" : "\\u0001";
            else
                made += c;
        }
        return made + '"';
    }

    std::string anything(int depth)
    {
        switch (choose_.below(depth > 0 ? 7 : 4)) {
            case 0: return std::string{choose_.one_of({"null", "true", "false"})};
            case 1:
                return std::string{
                    choose_.one_of({"1.0", "-0", "1e3", "9223372036854775808", "-32769", "1E-2", "0.10"})};
            case 2: return string(choose_.text());
            case 3: return string(choose_.one_of({"low", "high", "none"}));
            case 4: return '[' + space() + anything(depth - 1) + ',' + anything(depth - 1) + ']';
            case 5: return '{' + space() + "\"k\"" + space() + ':' + anything(depth - 1) + '}';
            default: return object(depth - 1);
        }
    }

    std::string object(int depth)
    {
        std::vector<std::string> members;
        const auto add = [&](std::string_view name, std::string value) {
            if (choose_.one_in(60)) return;
            if (choose_.one_in(60)) value = anything(2);
            members.push_back(space() + string(name) + space() + ':' + space() + value + space());
        };
        add("flag", std::string{choose_.one_of({"true", "false"})});
        add("number", std::to_string(choose_.integer<std::int16_t>() + (choose_.one_in(30) ? 1 : 0)));
        add("larger", std::to_string(choose_.integer<std::uint64_t>()));
        add("real", to_json(choose_.real()));
        add("text", string(choose_.text()));
        if (choose_.one_in(2)) add("maybe", std::to_string(choose_.integer<std::int64_t>()));
        add("level", string(choose_.one_of({"none", "low", "high"})));
        std::string inner;
        for (auto left = depth > 0 ? choose_.below(3) : 0; left > 0; --left)
            inner += (inner.empty() ? "" : ",") + space() + object(depth - 1);
        add("inner", '[' + inner + space() + ']');
        add("labels",
            '{' + space() + (choose_.one_in(2) ? string(choose_.text()) + ':' + string(choose_.text()) : "") + '}');
        if (choose_.one_in(3)) add("unknown", anything(3));
        if (choose_.one_in(3)) std::ranges::reverse(members);
        std::string made = "{";
        for (const auto& each : members) made += (made.size() > 1 ? "," : "") + each;
        return made + '}';
    }

    chooser& choose_;
};

BOOST_AUTO_TEST_SUITE(random_codec)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back)
{
    with_seed([](chooser& choose) {
        for (int i = 0; i < 2'000; ++i) {
            const everything made = some(choose, 3);
            const std::string text = to_json(made);
            const auto read = from_json<everything>(text);
            BOOST_REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().message()) << " in " << text);
            BOOST_REQUIRE_MESSAGE(*read == made, text);
            BOOST_REQUIRE_NO_THROW(json::parse(text));
        }
    });
}

BOOST_AUTO_TEST_CASE(it_reads_what_boost_json_reads_and_nothing_else)
{
    with_seed([](chooser& choose) {
        writer write{choose};
        int good = 0, bad = 0;
        for (int i = 0; i < 10'000; ++i) {
            const std::string text = write.document();
            const auto ours = from_json<sample>(text);
            const auto theirs = read_by_hand(text);
            BOOST_REQUIRE_MESSAGE(ours.has_value() == theirs.has_value(),
                                  (ours ? "only ours reads" : ours.error().message()) << ": " << text);
            ++(ours ? good : bad);
            if (ours) {
                BOOST_REQUIRE_MESSAGE(same(*ours, *theirs), text);
            } else {
                boost::system::error_code malformed;
                json::parse(text, malformed);
                if (ours.error().what == sluice::decode_error::kind::malformed) BOOST_REQUIRE_MESSAGE(malformed, text);
            }
        }
        BOOST_TEST(good > 1'000);
        BOOST_TEST(bad > 1'000);
    });
}

BOOST_AUTO_TEST_CASE(damaged_documents_are_refused_or_are_still_json)
{
    with_seed([](chooser& choose) {
        const std::string text = to_json(some(choose, 2));
        for (int i = 0; i < 20'000; ++i) {
            std::string damaged = text;
            damaged[choose.below(damaged.size())] ^= static_cast<char>(1 << choose.below(8));
            if (choose.one_in(4)) damaged.erase(choose.below(damaged.size()), choose.below(8));
            boost::system::error_code malformed;
            json::parse(damaged, malformed);
            const auto read = from_json<everything>(damaged);
            BOOST_REQUIRE_MESSAGE(read.has_error() || !malformed, damaged);
            if (read) BOOST_REQUIRE_MESSAGE(from_json<everything>(to_json(*read)).value() == *read, damaged);
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
