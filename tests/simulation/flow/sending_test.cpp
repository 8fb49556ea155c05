#include "simulation/flow/stage.hpp"

namespace sluice::testing {

SLUICE_VIRTUAL_TEST_CASE(records_of_one_key_in_one_reply_keep_their_order_when_the_first_is_refused)
{
    stage s{co_await asio::this_coro::executor};
    scripted_handler h{s};
    for (const auto* value : {"first", "second", "third"}) h.replies["a"].add({"out", "k", value, {}, {}, {}});
    h.replies["a"].add({"out", "other", "beside", {}, {}, {}});
    s.put("a");
    const error full{errc::not_sent, "full"};
    s.sink.script_send({.after = 1s, .fails = full});
    auto script = [&]() -> awaitable<> { co_await s.until([&] { return s.committed() == 1; }); };
    co_await s.run(h.get(), script);
    std::vector<std::string> order;
    for (const auto& one : s.emitted())
        if (one.key == "k") order.push_back(*one.value);
    BOOST_TEST(order == (std::vector<std::string>{"first", "second", "third"}), boost::test_tools::per_element());
    BOOST_TEST(s.emitted().size() == 4u);
    BOOST_TEST(h.started.size() == 1u);
}

SLUICE_VIRTUAL_TEST_CASE(a_dead_letter_refused_for_good_stops_its_partition_alone_says_so_and_is_tried_at_leisure)
{
    stage s{co_await asio::this_coro::executor, 2};
    s.settings.order = by_key{};
    s.broker.habits().cut = [](std::size_t) { return 1; };
    scripted_handler h{s};
    h.failures["poison"] = -1;
    int tries = 0;
    const fate refused{.fails = error{errc::invalid, "too large"}};
    s.broker.habits().send = [&](const outgoing&) {
        ++tries;
        return refused;
    };
    s.put("poison", "p", 0);
    auto script = [&]() -> awaitable<> {
        co_await sleep_for(1s);
        s.put("held back", "x", 0);
        s.put("beside", "y", 1);
        co_await sleep_for(10min);
        BOOST_TEST(tries >= 2);
        BOOST_TEST(tries <= 21);
        BOOST_TEST(s.totals().refused == 1u);
        BOOST_TEST(h.ended == (std::vector<std::string>{"beside"}), boost::test_tools::per_element());
        BOOST_TEST(s.committed(0).value_or(0) == 0);
        BOOST_TEST(*s.committed(1) == 1);
        s.broker.habits().send = [](const outgoing&) { return fate{}; };
        co_await s.until([&] { return s.committed(0) == 2; });
    };
    co_await s.run(h.get(), script);
    BOOST_TEST(s.dead_letters().size() == 1u);
    BOOST_TEST(s.totals().refused == 0u);
    BOOST_TEST(h.started.size() == 3u);
}

}  // namespace sluice::testing
