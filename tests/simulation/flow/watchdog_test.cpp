#include "simulation/flow/stage.hpp"

#include "sluice/record/codec.hpp"

#include <algorithm>

namespace sluice::testing {

namespace {

/// A stage whose warnings are kept.
struct told_stage : stage {
    explicit told_stage(const asio::any_io_executor& executor, std::int32_t partitions = 1)
        : stage{executor, partitions}
    {
        settings.handler = "inventory";
        log = logger::to([this](std::string_view line) { lines.emplace_back(line); }, log_level::warning);
    }
    [[nodiscard]] std::size_t told(std::string_view words) const
    {
        return static_cast<std::size_t>(
            std::ranges::count_if(lines, [&](const auto& one) { return one.find(words) != one.npos; }));
    }
    [[nodiscard]] double number(const std::string& name) const
    {
        const auto page = const_cast<metrics&>(numbers).text();
        const auto start = page.find("\n" + name + "{");
        return start == page.npos ? -1 : std::stod(page.substr(page.find("} ", start) + 2));
    }
    [[nodiscard]] partition_report report(std::size_t which = 0) const
    {
        return subject->report().partitions.at(which);
    }
    std::vector<std::string> lines;
};

record_handler endless(std::string what)
{
    return [what](const record&, context& about) -> awaitable<reply> {
        about.stage(what);
        co_await sleep_for(24h);
        co_return reply{};
    };
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(a_partition_that_does_not_move_is_told_with_what_blocks_it)
{
    told_stage s{co_await asio::this_coro::executor, 2};
    s.put("stuck", "ada");
    s.put("behind");
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(29s);
        BOOST_TEST(s.told("stuck: ") == 0u);
        BOOST_TEST(s.number("sluice_partitions_stuck") == 0);
        co_await sleep_for(5s);
        BOOST_TEST(s.told("stuck: in/0@0, key \\\"ada\\\", waits for its handler (asking the bank), attempt 1") == 1u);
        BOOST_TEST(s.told(R"("partition":0,"offset":0,"key":"ada","stage":"asking the bank")") == 1u);
        BOOST_TEST(s.number("sluice_partitions_stuck") == 1);
        BOOST_TEST(s.number("sluice_stalled_seconds") >= 30);
        co_await sleep_for(31s);
        BOOST_TEST(s.told("stuck: ") == 2u);  // once each half a minute
    };
    co_await s.run(endless("asking the bank"), script);
}

SLUICE_VIRTUAL_TEST_CASE(a_partition_is_stuck_however_many_go_on_beyond_its_oldest_record)
{
    told_stage s{co_await asio::this_coro::executor};
    s.settings.order = by_key{4};
    scripted_handler h{s};
    h.takes["slow"] = 1h;
    s.put("slow", "slow");
    auto script = [&]() -> awaitable<> {
        for (int i = 0; i < 40; ++i) {
            co_await sleep_for(1s);
            s.put(std::to_string(i), std::to_string(i));
        }
        BOOST_TEST(s.told("stuck: in/0@0, key \\\"slow\\\"") == 1u);
        const auto now = s.report();
        BOOST_TEST(now.finished >= 38u);
        BOOST_TEST(now.running == 1u);
        BOOST_TEST(now.stuck);
        co_await s.until([&] { return h.ended.size() == 41u; });
        co_await sleep_for(5s);
        BOOST_TEST(!s.report().stuck);
        BOOST_TEST(s.number("sluice_partitions_stuck") == 0);
        BOOST_TEST(s.number("sluice_stalled_seconds") == 0);
    };
    co_await s.run(h.get(), script);
}

SLUICE_VIRTUAL_TEST_CASE(a_flow_that_moves_or_has_nothing_to_do_is_not_told)
{
    told_stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    for (int i = 0; i < 20; ++i) {
        h.takes[std::to_string(i)] = 25s;
        s.put(std::to_string(i));
    }
    auto script = [&]() -> awaitable<> {
        co_await s.until([&] { return s.committed() == 20; });
        co_await sleep_for(10min);
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(s.told("stuck") == 0u);
}

SLUICE_VIRTUAL_TEST_CASE(the_report_says_for_each_partition_what_its_oldest_record_waits_for)
{
    told_stage s{co_await asio::this_coro::executor, 6};
    s.settings.order = by_partition{4};
    s.settings.retry = {.attempts = 5, .first_delay = 1h, .max_delay = 1h};
    scripted_handler h{s};
    h.takes["slow"] = h.takes["slow too"] = 1h;
    h.failures["fails"] = -1;
    h.replies["emits"].add({"out", "k", "v", {}, {}, {}});
    s.put("slow", "k", 0);
    s.put("behind", "k", 0);
    s.put("fails", "f", 1);
    s.put("behind", "f", 1);
    s.put("behind", "f", 1);
    s.put("emits", {}, 2);
    s.put("done", "d", 3);
    s.put("slow too", std::string("\x01\xff", 2), 4);
    s.sink.room(0);
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(10s);
        const auto all = s.subject->report();
        BOOST_TEST(all.group == "g");
        BOOST_TEST(all.handler == "inventory");
        BOOST_REQUIRE(all.partitions.size() == 6u);

        const auto& runs = all.partitions[0];
        BOOST_TEST(runs.partition == 0);
        BOOST_TEST(runs.offset.value() == 0);
        BOOST_TEST((runs.waits_for == blockage::running));
        BOOST_TEST(runs.key.value() == "k");
        BOOST_TEST((runs.age.value() >= 9.9 && runs.age.value() <= 10));
        BOOST_TEST((runs.running == 1 && runs.queued == 1 && runs.parked == 0));
        BOOST_TEST(!runs.committed.has_value() == !s.committed(0).has_value());

        const auto& waits = all.partitions[1];
        BOOST_TEST((waits.waits_for == blockage::retry));
        BOOST_TEST(waits.attempt.value() == 2);
        BOOST_TEST(waits.failure.value() == "not today");
        const auto left = waits.until.value() - s.broker.time().wall();
        BOOST_TEST((left > 29min && left <= 1h));
        BOOST_TEST((waits.running == 0 && waits.queued == 0 && waits.parked == 3));

        BOOST_TEST((all.partitions[2].waits_for == blockage::sending));
        BOOST_TEST(!all.partitions[2].key.has_value());
        BOOST_TEST((all.partitions[3].waits_for == blockage::nothing));
        BOOST_TEST(all.partitions[3].committed.value() == 1);
        BOOST_TEST(!all.partitions[3].offset.has_value());
        BOOST_TEST(all.partitions[4].key.value() == "\\x01\\xff");
        BOOST_TEST((all.partitions[5].waits_for == blockage::nothing));

        const auto text = to_json(all);
        BOOST_TEST(text.find(R"("waits_for":"retry","attempt":2,"until":")") != text.npos, text);
        BOOST_TEST(from_json<flow_report>(text).has_value());
        s.sink.room(100);
    };
    co_await s.run(h.get(), script);
}

SLUICE_VIRTUAL_TEST_CASE(the_report_tells_a_dead_letter_that_is_refused_and_why)
{
    told_stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    h.failures["poison"] = -1;
    s.put("poison", "p");
    fate refused;
    refused.fails = error{errc::not_sent, "no broker"};
    refused.happens = false;
    for (int i = 0; i < 20; ++i) s.sink.script_send(refused);
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(40s);
        const auto now = s.report();
        BOOST_TEST((now.waits_for == blockage::dead_letter_refused));
        BOOST_TEST(now.failure.value() == "no broker");
        BOOST_TEST(s.told("waits to send its dead letter again, attempt 1, came 3") == 1u, s.lines.back());
        co_await s.until([&] { return s.committed() == 1; });
        BOOST_TEST((s.report().waits_for == blockage::nothing));
    };
    co_await s.run(h.get(), script);
}

SLUICE_VIRTUAL_TEST_CASE(a_partition_whose_handler_keeps_it_from_being_handed_over_is_still_reported)
{
    told_stage s{co_await asio::this_coro::executor};
    s.settings.drain = 1h;
    s.put("stuck");
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1s);
        s.group.revoke({{"in", 0}});
        co_await sleep_for(40s);
        BOOST_TEST(s.report().leaving);
        BOOST_TEST(s.told("stuck: in/0@0") == 1u);
    };
    co_await s.run(endless("of its own"), script);
    BOOST_TEST(s.subject->report().partitions.empty());
}

SLUICE_VIRTUAL_TEST_CASE(a_partition_whose_commits_are_always_refused_is_told)
{
    told_stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    fate refused;
    refused.fails = error{errc::rebalancing};
    refused.happens = false;
    s.broker.habits().commit = [&] { return refused; };
    s.put("a");
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(40s);
        BOOST_TEST(s.told("stuck: what is finished cannot be committed") == 1u);
        BOOST_TEST(s.number("sluice_partitions_stuck") == 1);
        s.broker.habits().commit = [] { return fate{}; };
        co_await s.until([&] { return s.committed() == 1; });
        co_await sleep_for(5s);
        BOOST_TEST(s.number("sluice_partitions_stuck") == 0);
    };
    co_await s.run(h.get(), script);
}

}  // namespace sluice::testing
