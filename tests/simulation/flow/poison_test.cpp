#include "simulation/flow/stage.hpp"

#include <algorithm>

namespace sluice::testing {
namespace {

constexpr int keys = 10'000;
constexpr int records = 40'000;

/// What becomes of the records of a key: 1 in 100 always fail, 5 in 100 fail twice.
enum class health { good, fails_twice, poison };

health of(int key)
{
    if (key % 100 == 7) return health::poison;
    return key % 20 == 3 ? health::fails_twice : health::good;
}

struct outcome {
    duration p99{};
    std::vector<int> attempts = std::vector<int>(records);
    std::size_t dead = 0, most_parked = 0;
    std::vector<int> out_of_order;  ///< keys
};

// 2,000 records a second; each takes 50 ms.
awaitable<outcome> run(bool poisoned)
{
    stage s{co_await asio::this_coro::executor, 6};
    s.settings.order = by_key{.running = 256};
    s.settings.parked = 10'000;
    s.settings.retry = {.attempts = 5, .first_delay = 100ms, .max_delay = 2s};
    outcome seen;
    std::vector<duration> healthy;
    std::vector<int> last(keys, -1);
    auto work = [&](const record& what, context& about) -> awaitable<reply> {
        const auto number = std::stoi(std::string{*what.value()});
        const auto key = std::stoi(std::string{*what.key()});
        const auto put = number / 20 * duration{10ms};
        ++seen.attempts[static_cast<std::size_t>(number)];
        co_await sleep_for(50ms);
        if (poisoned && (of(key) == health::poison || (of(key) == health::fails_twice && about.attempt() <= 2)))
            throw std::runtime_error{"not today"};
        if (of(key) == health::good) healthy.push_back(s.elapsed() - put);
        if (last[static_cast<std::size_t>(key)] > number) seen.out_of_order.push_back(key);
        last[static_cast<std::size_t>(key)] = number;
        co_return reply{};
    };
    const record_handler handler = [&](const record& what, context& about) { return work(what, about); };
    auto script = [&]() -> awaitable<> {
        for (int i = 0; i < records; ++i) {
            const auto key = static_cast<int>(static_cast<std::int64_t>(i) * 7919 % keys);
            s.put(std::to_string(i), std::to_string(key), key % 6);
            if (i % 20 == 19) co_await sleep_for(10ms);
            seen.most_parked = std::max(seen.most_parked, s.totals().parked);
        }
        co_await s.until([&] { return s.totals().handled + s.totals().dead_lettered == records; });
    };
    co_await s.run(handler, script);
    std::ranges::sort(healthy);
    seen.p99 = healthy[healthy.size() * 99 / 100];
    seen.dead = s.dead_letters().size();
    co_return seen;
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(poison_costs_exactly_its_attempts_and_healthy_keys_no_time, 60s)
{
    const auto clean = co_await run(false);
    const auto poisoned = co_await run(true);
    BOOST_TEST((poisoned.p99 <= 2 * clean.p99));
    BOOST_TEST(poisoned.out_of_order.empty());
    BOOST_TEST(poisoned.dead == 400u);
    BOOST_TEST(poisoned.most_parked > 20u);
    for (int i = 0; i < records; ++i) {
        const auto kind = of(static_cast<int>(static_cast<std::int64_t>(i) * 7919 % keys));
        const auto expected = kind == health::poison ? 5 : kind == health::fails_twice ? 3 : 1;
        if (poisoned.attempts[static_cast<std::size_t>(i)] != expected)
            BOOST_ERROR("record " << i << ": " << poisoned.attempts[static_cast<std::size_t>(i)] << " attempts");
    }
}

}  // namespace sluice::testing
