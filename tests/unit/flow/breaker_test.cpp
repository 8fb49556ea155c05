#include "sluice/flow/breaker.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <random>

namespace {

using namespace sluice;
using namespace std::chrono_literals;
using state = breaker::state;

const time_point start{};

BOOST_AUTO_TEST_SUITE(breakers)

// Each letter is an outcome in turn: s(ucceeded), f(ailed), w(ithdrawn).
state after(std::string_view outcomes, breaker_settings how)
{
    breaker one{how};
    for (const char outcome : outcomes) {
        const auto at = one.next(start);
        if (!at || *at > start) break;
        const auto pass = one.start(start);
        if (outcome == 's') one.succeeded(pass);
        if (outcome == 'f') one.failed(pass, start);
        if (outcome == 'w') one.withdrawn(pass, start);
    }
    return one.now();
}

BOOST_AUTO_TEST_CASE(it_opens_when_the_share_of_failures_in_the_window_is_reached)
{
    const breaker_settings half{.window = 4, .failures = 0.5, .open = 10s};
    const std::pair<const char*, state> table[]{
        {"", state::closed},    {"f", state::closed},        {"ff", state::open},
        {"sfsf", state::open},  {"fsssf", state::closed},    {"fsssff", state::open},
        {"wfw", state::closed}, {"ssssssss", state::closed}, {"fsssfsssf", state::closed},
    };
    for (const auto& [outcomes, expected] : table) BOOST_TEST((after(outcomes, half) == expected), outcomes);
    BOOST_TEST((after("fff", {.window = 4, .failures = 1}) == state::closed));
    BOOST_TEST((after("ffff", {.window = 4, .failures = 1}) == state::open));
    BOOST_TEST((after("f", {.window = 1, .failures = 0.1}) == state::open));
}

BOOST_AUTO_TEST_CASE(an_open_one_lets_one_probe_through_and_believes_it)
{
    breaker one{{.window = 2, .failures = 1, .open = 10s}};
    const auto before = one.start(start);
    one.failed(one.start(start), start);
    BOOST_TEST(one.failed(one.start(start), start));
    BOOST_TEST((one.now() == state::open));
    BOOST_TEST((one.next(start + 1s) == start + 10s));

    const auto probe = one.start(start + 10s);
    BOOST_TEST((one.now() == state::half_open));
    BOOST_TEST(!one.next(start + 10s).has_value());
    // What was started before it opened says nothing of now.
    BOOST_TEST(!one.succeeded(before));
    BOOST_TEST(!one.failed(before, start + 10s));
    BOOST_TEST(!one.next(start + 11s).has_value());

    BOOST_TEST(one.failed(probe, start + 12s));
    BOOST_TEST((one.next(start + 12s) == start + 22s));
    const auto second = one.start(start + 22s);
    BOOST_TEST(one.withdrawn(second, start + 23s));
    BOOST_TEST((one.next(start + 23s) == start + 23s));  // nothing was learned: the next may try at once
    BOOST_TEST(one.succeeded(one.start(start + 23s)));
    BOOST_TEST((one.now() == state::closed));
    BOOST_TEST((one.next(start + 23s) == start + 23s));
    BOOST_TEST(one.openings() == 1u);
    // And it starts with a clean window.
    BOOST_TEST(!one.failed(one.start(start + 23s), start + 23s));
}

BOOST_AUTO_TEST_CASE(a_failure_is_the_records_own_when_a_whole_window_later_it_is_still_closed)
{
    breaker one{{.window = 3, .failures = 1, .open = 10s}};
    one.failed(one.start(start), start);
    const auto doubt = one.doubted();
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(!one.held_against_the_record(doubt));
        one.succeeded(one.start(start));
    }
    BOOST_TEST(!one.held_against_the_record(doubt));
    one.succeeded(one.start(start));
    BOOST_TEST(one.held_against_the_record(doubt));

    const auto pass = one.start(start);
    for (int i = 0; i < 3; ++i) one.failed(one.start(start), start);
    BOOST_TEST(one.excused(pass));
    one.succeeded(one.start(start + 10s));
    BOOST_TEST(one.excused(pass));  // it was started before
    BOOST_TEST(!one.held_against_the_record(doubt));
}

// Random outcomes against a window that is written down plainly.
BOOST_AUTO_TEST_CASE(random_outcomes_open_and_close_it_as_a_plain_model_says)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed)
    {
        std::mt19937 dice{seed};
        for (int round = 0; round < 200; ++round) {
            const std::size_t window = 1 + dice() % 8;
            const double share = (1 + dice() % 10) / 10.0;
            breaker one{{.window = window, .failures = share, .open = 5s}};
            std::deque<bool> last;
            std::vector<breaker::pass> running;
            auto model = state::closed;
            breaker::pass probe = 0;
            auto now = start;
            auto until = start;
            for (int step = 0; step < 300; ++step) {
                now += std::chrono::seconds{dice() % 3};
                const auto next = one.next(now);
                const bool may = model == state::closed || (model == state::open && now >= until);
                BOOST_REQUIRE((next && *next <= now) == may);
                if (may && dice() % 2 == 0) {
                    const auto pass = one.start(now);
                    running.push_back(pass);
                    if (model == state::open) {
                        model = state::half_open;
                        probe = pass;
                    }
                }
                if (running.empty() || dice() % 2 == 0) continue;
                const auto which = running.begin() + static_cast<std::ptrdiff_t>(dice() % running.size());
                const auto pass = *which;
                running.erase(which);
                const auto outcome = dice() % 3;
                const bool current = model == state::half_open ? pass == probe : pass > probe;
                if (outcome == 0) one.succeeded(pass);
                if (outcome == 1) one.failed(pass, now);
                if (outcome == 2) one.withdrawn(pass, now);
                if (!current || model == state::open) continue;
                if (model == state::half_open) {
                    model = outcome == 0 ? state::closed : state::open;
                    until = outcome == 1 ? now + 5s : now;
                    last.clear();
                } else if (outcome != 2) {
                    last.push_back(outcome == 1);
                    if (last.size() > window) last.pop_front();
                    const auto failures = static_cast<double>(std::ranges::count(last, true));
                    if (outcome == 1 && failures >= share * static_cast<double>(window)) {
                        model = state::open;
                        until = now + 5s;
                        probe = pass;  // all that runs now is of before
                    }
                }
                BOOST_REQUIRE((one.now() == model));
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
