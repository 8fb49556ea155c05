// The checkout as its role serves it: its router, limits, numbers and declared topics; Kafka behind it, or nothing.
#include "works.hpp"

#include "load/http_load.hpp"

#include "orders/checkout.hpp"
#include "orders/key_store.hpp"
#include "sluice/http/router.hpp"
#include "sluice/http/server.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/process/declared_sinks.hpp"
#include "sluice/process/http_numbers.hpp"
#include "sluice/store/sql.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <stdexcept>
#include <string>

namespace sluice::bench {

using namespace std::chrono_literals;

namespace {

class nothing final : public patient_sink {
    awaitable<result<position>> send(outgoing what) override { co_return position{{std::move(what.topic), 0}, 0, {}}; }
    awaitable<result<position>> send_until(outgoing what, time_point) override { return send(std::move(what)); }
    awaitable<std::vector<result<position>>> send_all(std::vector<outgoing>) override
    {
        throw std::logic_error{"not used"};
    }
    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view) const override { return std::nullopt; }
};

// Requests without a key touch no store.
class no_database final : public store::sql_database {
    awaitable<> open() override { throw std::logic_error{"not used"}; }
    awaitable<> run(access, unit_of_work) override { throw std::logic_error{"not used"}; }
};

}  // namespace

std::string http_checkout(const given& how)
{
    const auto cluster = how.cluster();
    const auto acknowledged = how.text("kafka") == "acknowledged";
    asio::io_context loop{1};
    metrics numbers;
    const auto log = logger::to_stderr({.level = log_level::warning});
    offload blocking;
    nothing none;
    std::unique_ptr<kafka::producer> producer;
    if (acknowledged)
        producer =
            std::make_unique<kafka::producer>(loop.get_executor(), cluster, kafka::producer_settings{}, blocking, log);
    const role_entry entry{"checkout", {}, "as in apps/main.cpp", writes{orders::orders_placed}};
    declared_sink out{entry, producer ? static_cast<sink&>(*producer) : none};
    orders::key_store keys{std::make_shared<no_database>()};

    http::router routes;
    const auto place = [&](http::request&& request) { return orders::place_order(std::move(request), out, keys, 5s); };
    routes.post("/checkout", place);
    routes.get("/orders/{id}", [](const http::request&) { return http::detail::ready(http::no_content()); });
    http::server server{loop.get_executor(), routes, {.observe = http_numbers(numbers, "checkout")}, log};
    server.listen();
    const http_load load{.port = server.port(),
                         .connections = static_cast<int>(how.number("connections", 1)),
                         .seconds = static_cast<int>(how.number("seconds", 3))};

    cancellation stop;
    std::exception_ptr failed;
    const auto live = [&]() -> awaitable<> {
        co_await server.run(stop.token());
        if (producer) co_await producer->close(clock::of(loop.get_executor()).now() + 5s);
    };
    asio::co_spawn(loop, live(), [&](std::exception_ptr error) { failed = error; });
    const auto end = [&] { asio::post(loop, [&] { stop.cancel(cancel_reason::shutdown); }); };
    const auto said = serve_under(load, [&] { loop.run(); }, end);
    if (failed) std::rethrow_exception(failed);
    return said;
}

}  // namespace sluice::bench
