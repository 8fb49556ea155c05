#include "sluice/base/rfc3339.hpp"

namespace sluice {
namespace {

using namespace std::chrono;

constexpr timestamp first = sys_days{year{0} / 1 / 1};
constexpr timestamp last = sys_days{year{10'000} / 1 / 1} - 1ms;

/// Reads fixed-width fields from the front of a text; once one does not fit, none does.
class fields {
public:
    explicit fields(std::string_view text) : rest_{text} {}

    int number(std::size_t digits)
    {
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit();
        return value;
    }

    char one_of(std::string_view choices)
    {
        if (rest_.empty() || choices.find(rest_.front()) == choices.npos) {
            fail();
            return {};
        }
        return take();
    }

    bool skip(char c)
    {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    milliseconds fraction()
    {
        int value = digit();
        std::size_t digits = 1;
        for (; !rest_.empty() && is_digit(rest_.front()); ++digits) {
            const int next = digit();
            if (digits < 3) value = value * 10 + next;
        }
        for (; digits < 3; ++digits) value *= 10;
        return milliseconds{value};
    }

    [[nodiscard]] bool complete() const { return good_ && rest_.empty(); }

private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    char take()
    {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    int digit()
    {
        if (rest_.empty() || !is_digit(rest_.front())) {
            fail();
            return 0;
        }
        return take() - '0';
    }

    void fail()
    {
        good_ = false;
        rest_ = {};
    }

    std::string_view rest_;
    bool good_ = true;
};

void write_number(char* to, unsigned value, int digits)
{
    for (; digits > 0; value /= 10) to[--digits] = static_cast<char>('0' + value % 10);
}

}  // namespace

void append_rfc3339(std::string& to, timestamp when)
{
    when = std::clamp(when, first, last);
    const auto day = floor<days>(when);
    const year_month_day date{day};
    const hh_mm_ss time{when - day};
    char text[] = "0000-00-00T00:00:00.000Z";
    write_number(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    write_number(text + 5, static_cast<unsigned>(date.month()), 2);
    write_number(text + 8, static_cast<unsigned>(date.day()), 2);
    write_number(text + 11, static_cast<unsigned>(time.hours().count()), 2);
    write_number(text + 14, static_cast<unsigned>(time.minutes().count()), 2);
    write_number(text + 17, static_cast<unsigned>(time.seconds().count()), 2);
    write_number(text + 20, static_cast<unsigned>(time.subseconds().count()), 3);
    to.append(text, sizeof text - 1);
}

std::string to_rfc3339(timestamp when)
{
    std::string text;
    append_rfc3339(text, when);
    return text;
}

std::optional<timestamp> from_rfc3339(std::string_view text)
{
    fields read{text};
    const year y{read.number(4)};
    read.one_of("-");
    const month m{static_cast<unsigned>(read.number(2))};
    read.one_of("-");
    const year_month_day date{y, m, day{static_cast<unsigned>(read.number(2))}};
    read.one_of("Tt");
    const hours hour{read.number(2)};
    read.one_of(":");
    const minutes minute{read.number(2)};
    read.one_of(":");
    const seconds second{read.number(2)};
    const milliseconds fraction = read.skip('.') ? read.fraction() : 0ms;

    hours ahead_hours{};
    minutes ahead_minutes{};
    const char zone = read.one_of("Zz+-");
    if (zone == '+' || zone == '-') {
        ahead_hours = hours{read.number(2)};
        read.one_of(":");
        ahead_minutes = minutes{read.number(2)};
    }
    if (!read.complete() || !date.ok() || hour > 23h || minute > 59min || second > 59s || ahead_hours > 23h ||
        ahead_minutes > 59min)
        return std::nullopt;

    const auto ahead = zone == '-' ? -(ahead_hours + ahead_minutes) : ahead_hours + ahead_minutes;
    const timestamp when = sys_days{date} + hour + minute + second + fraction - ahead;
    return when < first || when > last ? std::nullopt : std::optional{when};
}

}  // namespace sluice
