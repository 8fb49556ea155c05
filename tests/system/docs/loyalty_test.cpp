#include "program.hpp"

#include "orders/events.hpp"
#include "sluice/record/codec.hpp"
#include "sluice/testing/test_case.hpp"

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;

SLUICE_TEST_CASE(the_consumer_of_the_tutorial_gives_points_once_for_each_payment_also_for_those_before_it, 120s)
{
    shown_program loyalty{co_await asio::this_coro::executor, "TEST_LOYALTY"};
    co_await loyalty.kafka.start();
    const auto topics = loyalty.start({"topics", "--create"});
    BOOST_TEST(co_await topics->wait() == 0);
    const auto pay = [&](std::string order, std::int64_t total) -> awaitable<> {
        const payment_captured paid{std::move(order), "ada", {}, money::of_minor(total), "p-1", {}};
        const auto produced = loyalty.start({"produce", captured_payments.name(), "--value", to_json(paid)});
        BOOST_TEST(co_await produced->wait() == 0);
    };
    co_await pay("o-1", 1'999);
    auto role = loyalty.start({"run", "loyalty"});
    const auto points = loyalty.start({"consume", "loyalty.points", "--count", "2"});
    const auto before = co_await points->says(R"("order_id":"o-1","earned":19)");
    co_await pay("o-2", 250);
    const auto after = co_await points->says(R"("order_id":"o-2","earned":2)");
    BOOST_TEST(co_await role->stop(20s) == 0);

    // Another start goes on where the first one stopped.
    role = loyalty.start({"run", "loyalty"});
    co_await pay("o-3", 300);
    const auto all = loyalty.start({"consume", "loyalty.points", "--count", "3"});
    const auto third = co_await all->says(R"("order_id":"o-3","earned":3)");
    BOOST_TEST(co_await role->stop(20s) == 0);
    co_await loyalty.kafka.discard();
}
