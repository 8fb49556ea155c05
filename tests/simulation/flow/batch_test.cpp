#include "simulation/flow/stage.hpp"

#include "sluice/record/record_id.hpp"

#include <boost/describe/class.hpp>

#include <algorithm>
#include <set>

namespace sluice::testing {

namespace {

using strings = std::vector<std::string>;

struct measure {
    std::string sensor;
    std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(measure, (), (sensor, amount))

/// A handler of batches that writes down what it is given, and fails as it is told to.
class scripted_batches {
public:
    /// By value: how often a batch that has it names it as the culprit, or fails without naming it; -1: always.
    std::map<std::string, int> named, unnamed;
    /// Values for which something is emitted.
    std::set<std::string> emits;
    duration takes{};

    std::vector<strings> batches;        ///< as they were called
    strings handled;                     ///< values, each time that a batch was done
    std::vector<std::int32_t> attempts;  ///< of each call

    batch_handler get()
    {
        return [this](std::span<const record> some, batch_context& about) { return handle(some, about); };
    }

private:
    static bool fails(std::map<std::string, int>& how, const std::string& value)
    {
        const auto found = how.find(value);
        if (found == how.end() || found->second == 0) return false;
        if (found->second > 0) --found->second;
        return true;
    }

    awaitable<reply> handle(std::span<const record> some, batch_context& about)
    {
        strings values;
        for (const auto& one : some) values.emplace_back(one.value().value_or(""));
        batches.push_back(values);
        attempts.push_back(about.attempt());
        if (takes > duration::zero()) co_await sleep_for(takes);
        for (const auto& value : values)
            if (fails(unnamed, value)) throw std::runtime_error{"something in it"};
        for (std::size_t i = 0; i < values.size(); ++i) {
            try {
                if (fails(named, values[i])) throw std::runtime_error{"not this one"};
            } catch (const std::exception&) {
                throw failed_record{i};
            }
            handled.push_back(values[i]);
            if (!emits.contains(values[i])) continue;
            reply its;
            its.add({"out", "k", values[i], {}, {}, {}});
            about.emit(i, std::move(its));
        }
        co_return reply{};
    }
};

/// Runs a flow of batches on a stage.
awaitable<> run_batches(stage& s, batch_handler handler, std::function<awaitable<>()> script)
{
    s.subject.emplace(
        s.member, s.sink, s.settings,
        flow_environment{
            .log = s.log, .numbers = s.numbers, .time = s.broker.time(), .stop = s.stop.token(), .seed = 1});
    auto play = [&]() -> awaitable<> {
        s.group.assign(s.member, s.broker.log().all_of("in"));
        co_await script();
        s.stop.cancel(cancel_reason::shutdown);
    };
    auto body = [&](scope& children) -> awaitable<> {
        children.spawn(s.subject->run_batch(std::move(handler)));
        children.spawn(play());
        co_return;
    };
    co_await with_scope({}, body);
}

strings values_of(const std::vector<logged>& records)
{
    strings all;
    for (const auto& one : records) all.push_back(one.value.value_or(""));
    return all;
}

}  // namespace

SLUICE_VIRTUAL_TEST_CASE(a_batch_is_as_many_records_of_a_partition_as_are_there_and_may_be)
{
    stage s{co_await asio::this_coro::executor, 2};
    s.settings.batch.records = 4;
    scripted_batches h;
    for (int i = 0; i < 6; ++i) s.put(std::to_string(i), {}, 0);
    s.put("other", {}, 1);
    auto script = [&]() -> awaitable<> {
        co_await s.until([&] { return s.committed(0) == 6 && s.committed(1) == 1; });
    };
    co_await run_batches(s, h.get(), script);
    BOOST_REQUIRE(h.batches.size() == 3u);
    std::ranges::sort(h.batches);
    BOOST_TEST((h.batches == std::vector<strings>{{"0", "1", "2", "3"}, {"4", "5"}, {"other"}}));
    BOOST_TEST(s.totals().handled == 7u);
    BOOST_TEST(s.dead_letters().empty());
}

SLUICE_VIRTUAL_TEST_CASE(a_record_that_a_batch_names_fails_alone_and_the_rest_goes_on)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.retry = {.attempts = 3, .first_delay = 1min, .max_delay = 1min};
    scripted_batches h;
    h.named["2"] = 2;
    for (int i = 0; i < 5; ++i) s.put(std::to_string(i));
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(5s);
        BOOST_TEST(s.committed().value_or(0) == 2);
        BOOST_TEST(h.handled == (strings{"0", "1"}), boost::test_tools::per_element());
        co_await s.until([&] { return s.committed() == 5; });
    };
    co_await run_batches(s, h.get(), script);
    BOOST_TEST((h.batches == std::vector<strings>{{"0", "1", "2", "3", "4"}, {"2"}, {"2"}, {"3", "4"}}));
    BOOST_TEST(h.attempts == (std::vector<std::int32_t>{1, 2, 3, 1}), boost::test_tools::per_element());
    BOOST_TEST(h.handled == (strings{"0", "1", "2", "3", "4"}), boost::test_tools::per_element());
    BOOST_TEST(s.totals().retried == 2u);
}

SLUICE_VIRTUAL_TEST_CASE(a_record_that_a_batch_always_names_is_dead_lettered_alone_after_its_attempts)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.retry = {.attempts = 3, .first_delay = 1s, .max_delay = 1s};
    scripted_batches h;
    h.named["2"] = -1;
    for (int i = 0; i < 5; ++i) s.put(std::to_string(i));
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 5; }); };
    co_await run_batches(s, h.get(), script);
    const auto dead = s.dead_letters();
    BOOST_REQUIRE(dead.size() == 1u);
    BOOST_TEST(*dead[0].value == "2");
    BOOST_TEST(*dead[0].header("sluice-attempt") == "3");
    BOOST_TEST(*dead[0].header("sluice-error") == "not this one");
    BOOST_TEST(h.handled == (strings{"0", "1", "3", "4"}), boost::test_tools::per_element());
    BOOST_TEST(s.totals().handled == 4u);
    BOOST_TEST(s.totals().dead_lettered == 1u);
}

SLUICE_VIRTUAL_TEST_CASE(no_record_is_dead_lettered_for_a_neighbour_that_fails_its_batch)
{
    for (const int poison : {0, 7, 100, 199}) {
        stage s{co_await asio::this_coro::executor};
        s.settings.retry = {.attempts = 2, .first_delay = 1s, .max_delay = 1s};
        scripted_batches h;
        h.unnamed[std::to_string(poison)] = -1;
        for (int i = 0; i < 200; ++i) s.put(std::to_string(i));
        auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 200; }); };
        co_await run_batches(s, h.get(), script);
        BOOST_TEST(values_of(s.dead_letters()) == (strings{std::to_string(poison)}), boost::test_tools::per_element());
        BOOST_TEST(*s.dead_letters()[0].header("sluice-attempt") == "2");
        BOOST_TEST(s.totals().handled == 199u);
        strings expected;
        for (int i = 0; i < 200; ++i)
            if (i != poison) expected.push_back(std::to_string(i));
        BOOST_TEST(h.handled == expected, boost::test_tools::per_element());
        BOOST_TEST(h.batches.size() < 50u);  // by halves, not one by one
    }
}

SLUICE_VIRTUAL_TEST_CASE(a_trouble_that_passes_costs_a_batch_no_dead_letter_and_batches_grow_again)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.retry = {.attempts = 3, .first_delay = 1s, .max_delay = 1s};
    s.settings.batch.records = 64;
    scripted_batches h;
    h.unnamed["0"] = 8;  // 64, 32, 16, 8, 4, 2 and alone, twice
    for (int i = 0; i < 400; ++i) s.put(std::to_string(i));
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 400; }); };
    co_await run_batches(s, h.get(), script);
    BOOST_TEST(s.dead_letters().empty());
    BOOST_TEST(h.handled.size() == 400u);
    BOOST_TEST(h.attempts[8] == 3);
    BOOST_TEST(h.batches.back().size() <= 64u);
    BOOST_TEST(
        std::ranges::any_of(h.batches.begin() + 9, h.batches.end(), [](const auto& b) { return b.size() == 64; }));
}

SLUICE_VIRTUAL_TEST_CASE(what_a_record_of_a_batch_emits_has_the_same_id_whatever_batch_it_is_in)
{
    stage s{co_await asio::this_coro::executor};
    scripted_batches h;
    h.emits = {"1", "2"};
    for (int i = 0; i < 4; ++i) s.put(std::to_string(i));
    fate refused;
    refused.fails = error{errc::not_sent};
    refused.happens = false;
    s.sink.script_send(fate{});
    s.sink.script_send(refused);
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 4; }); };
    co_await run_batches(s, h.get(), script);
    const auto out = s.emitted();
    BOOST_TEST(values_of(out) == (strings{"1", "2"}), boost::test_tools::per_element());
    BOOST_TEST(*out.at(0).header("sluice-id") == record_id::caused_by(record_id{"in/0/1"}, "g", 0).text());
    BOOST_TEST(*out.at(1).header("sluice-id") == record_id::caused_by(record_id{"in/0/2"}, "g", 0).text());
    BOOST_TEST(h.batches.size() == 1u);  // what was handled is not handled again for its emission's sake
    BOOST_TEST(s.totals().handled == 4u);
}

SLUICE_VIRTUAL_TEST_CASE(nothing_of_a_batch_is_committed_before_what_it_emitted_is_in_the_log)
{
    stage s{co_await asio::this_coro::executor};
    scripted_batches h;
    h.emits = {"1"};
    for (int i = 0; i < 3; ++i) s.put(std::to_string(i));
    s.sink.room(0);
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1min);
        BOOST_TEST(s.committed().value_or(0) == 0);
        s.sink.room(10);
        co_await s.until([&] { return s.committed() == 3; });
    };
    co_await run_batches(s, h.get(), script);
    BOOST_TEST(s.emitted().size() == 1u);
}

SLUICE_VIRTUAL_TEST_CASE(a_key_is_a_lane_of_batches_and_a_poison_key_holds_back_only_itself)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = by_key{4};
    s.settings.retry = {.attempts = 2, .first_delay = 1h, .max_delay = 1h};
    scripted_batches h;
    h.named["a1"] = 1;
    for (const char* one : {"a0", "b0", "a1", "b1", "a2", "b2"}) s.put(one, std::string(1, one[0]));
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1min);
        BOOST_TEST((std::set<std::string>(h.handled.begin(), h.handled.end()) ==
                    std::set<std::string>{"a0", "b0", "b1", "b2"}));
        co_await s.until([&] { return s.committed() == 6; });
    };
    co_await run_batches(s, h.get(), script);
    BOOST_TEST((std::ranges::find(h.batches, strings{"b0", "b1", "b2"}) != h.batches.end()));
    BOOST_TEST(h.batches.back() == (strings{"a2"}), boost::test_tools::per_element());
}

SLUICE_VIRTUAL_TEST_CASE(a_record_of_a_typed_batch_that_cannot_be_decoded_fails_alone)
{
    const topic<measure> in{"in", &measure::sensor};
    stage s{co_await asio::this_coro::executor};
    for (const char* one :
         {R"({"sensor":"s","amount":1})", R"({"sensor":"s","amount":2})", "{nonsense", R"({"sensor":"s","amount":4})"})
        s.put(one);
    std::vector<std::vector<std::int64_t>> seen;
    const auto sum = [&](std::span<const measure> some, batch_context&) -> awaitable<> {
        auto& amounts = seen.emplace_back();
        for (const auto& one : some) amounts.push_back(one.amount);
        co_return;
    };
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 4; }); };
    co_await run_batches(s, typed_batch(in, sum), script);
    BOOST_TEST((seen == std::vector<std::vector<std::int64_t>>{{1, 2}, {4}}));
    const auto dead = s.dead_letters();
    BOOST_REQUIRE(dead.size() == 1u);
    BOOST_TEST(*dead[0].value == "{nonsense");
    BOOST_TEST(*dead[0].header("sluice-error-class") == "decode");
}

SLUICE_VIRTUAL_TEST_CASE(a_partition_that_goes_while_a_batch_runs_takes_what_is_finished_and_nothing_more_begins)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.batch.records = 4;
    scripted_batches h;
    h.takes = 5s;
    h.named["2"] = -1;
    for (int i = 0; i < 8; ++i) s.put(std::to_string(i));
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1s);
        s.group.revoke({{"in", 0}});
        co_await sleep_for(1min);
        BOOST_TEST(s.committed().value_or(0) == 3);  // two are handled, the third is a dead letter
        BOOST_TEST(h.batches.size() == 1u);
        BOOST_TEST(s.totals().queued == 0u);
        BOOST_TEST(s.totals().running == 0u);
        s.group.assign(s.member, {{"in", 0}});
        co_await s.until([&] { return s.committed() == 8; });
    };
    co_await run_batches(s, h.get(), script);
    BOOST_TEST(values_of(s.dead_letters()) == (strings{"2"}), boost::test_tools::per_element());
    BOOST_TEST(h.handled == (strings{"0", "1", "3", "4", "5", "6", "7"}), boost::test_tools::per_element());
}

SLUICE_VIRTUAL_TEST_CASE(a_batch_that_outlasts_the_drain_is_cancelled_and_all_of_it_comes_again)
{
    stage s{co_await asio::this_coro::executor};
    scripted_batches h;
    h.takes = 24h;
    for (int i = 0; i < 4; ++i) s.put(std::to_string(i));
    auto script = [&]() -> awaitable<> { co_await sleep_for(1s); };
    co_await run_batches(s, h.get(), script);
    BOOST_TEST(h.handled.empty());
    BOOST_TEST(s.committed().value_or(0) == 0);
    BOOST_TEST((s.elapsed() == 1s + s.settings.drain));
}

SLUICE_VIRTUAL_TEST_CASE(batches_of_what_has_no_order_are_refused)
{
    stage s{co_await asio::this_coro::executor};
    s.settings.order = unordered{};
    scripted_batches h;
    flow subject{s.member,
                 s.sink,
                 s.settings,
                 {.log = {}, .numbers = s.numbers, .time = s.broker.time(), .stop = s.stop.token(), .seed = 1}};
    std::string why;
    try {
        co_await subject.run_batch(h.get());
    } catch (const failure& refused) {
        why = refused.what();
    }
    BOOST_TEST(why == "flow of group \"g\": batches need an order, by_partition or by_key");
}

}  // namespace sluice::testing
