// What the store of the orders' states must do on every database.
#include "orders/status_store.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"
#include "store/stage.hpp"

#include <map>
#include <random>

namespace {

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;

using time_member = std::optional<timestamp> order_times::*;
constexpr time_member kinds[] = {&order_times::placed, &order_times::reserved, &order_times::rejected,
                                 &order_times::paid,   &order_times::declined, &order_times::released,
                                 &order_times::emailed};

timestamp at(std::int64_t milliseconds)
{
    return timestamp{std::chrono::milliseconds{1'772'366'400'000 + milliseconds}};
}

// The rule, written down a second time.
template <class T>
void lesser(std::optional<T>& mine, const std::optional<T>& more)
{
    if (more && (!mine || *more < *mine)) mine = more;
}

void add(std::map<std::string, order_status>& all, const order_status& one)
{
    auto& mine = all.try_emplace(one.order_id, one).first->second;
    mine.customer_id = std::min(mine.customer_id, one.customer_id);
    lesser(mine.total, one.total);
    for (const auto kind : kinds) lesser(mine.times.*kind, one.times.*kind);
}

// Events of some orders; a few of them contradict each other, and some are never seen.
std::vector<order_status> random_events(std::mt19937& random)
{
    std::vector<order_status> events;
    for (int order = 0; order < 20; ++order)
        for (const auto kind : kinds)
            for (auto repeats = random() % 3; repeats > 0; --repeats) {
                order_status one{"o-" + std::to_string(order), random() % 20 ? "c-2" : "c-1", {}, {}};
                if (random() % 2) one.total = money::of_minor(random() % 20 ? 100 * (order + 1) : 1);
                one.times.*kind = at(static_cast<std::int64_t>(random() % 5));
                events.push_back(std::move(one));
            }
    return events;
}

}  // namespace

SLUICE_TEST_CASE(in_whatever_order_events_come_and_however_often_the_end_is_the_same, 120s)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    for (int round = 0; round < 5; ++round) {
        const auto here = new_stage();
        std::vector<status_store> processes;
        for (int i = 0; i < 2; ++i) processes.emplace_back(here->connect(status_store::migrations()));
        auto events = random_events(random);
        std::map<std::string, order_status> expected;
        for (const auto& one : events) add(expected, one);
        std::vector<std::vector<order_status>> batches;
        for (int pass = 0; pass < 2; ++pass) {
            std::ranges::shuffle(events, random);
            for (std::size_t begun = 0; begun < events.size();) {
                const auto some = std::min<std::size_t>(1 + random() % 30, events.size() - begun);
                batches.emplace_back(events.begin() + begun, events.begin() + begun + some);
                begun += some;
            }
        }
        const auto note = [&](std::size_t process) -> awaitable<> {
            for (auto i = process; i < batches.size(); i += 2) co_await processes[process].note(batches[i]);
        };
        const auto both = [&](scope& beside) -> awaitable<> {
            beside.spawn(note(0));
            beside.spawn(note(1));
            co_await beside.join();
        };
        co_await with_scope({}, both);
        for (const auto& [id, one] : expected) {
            const auto found = co_await processes[0].find(id);
            BOOST_REQUIRE(found.has_value());
            BOOST_TEST((*found == one), to_json(found->times) << " is not " << to_json(one.times));
        }
    }
}

SLUICE_TEST_CASE(an_order_that_no_event_has_told_of_is_not_found)
{
    const auto here = new_stage();
    status_store statuses{here->connect(status_store::migrations())};
    const auto nothing = co_await statuses.find("o-1");
    BOOST_TEST(!nothing.has_value());
    const std::vector<order_status> none;
    co_await statuses.note(none);
}
