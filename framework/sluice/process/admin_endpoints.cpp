#include "sluice/process/admin_endpoints.hpp"

#include "sluice/http/server.hpp"
#include "sluice/process/runtime.hpp"
#include "sluice/process/topology.hpp"

namespace sluice {
namespace {

// One line each: `ok`, or what is wrong.
http::response verdict(const std::vector<std::string>& wrong)
{
    std::string lines;
    for (const auto& one : wrong) lines += one + '\n';
    return wrong.empty() ? http::text(200, "ok\n") : http::text(503, lines);
}

awaitable<http::response> flows_of(runtime& roles)
{
    const auto all = co_await roles.flows();
    co_return http::json(200, to_json(all));
}

}  // namespace

awaitable<> serve_admin_endpoints(runtime& roles, const environment& process, host_and_port where,
                                  cancellation_token stop)
{
    // Handlers, not coroutines: they answer at once.
    const auto answer = [](http::response what) -> awaitable<http::response> { co_return what; };
    http::router routes;
    routes.get("/healthz", [&](const http::request&) { return answer(verdict(roles.hung())); });
    routes.get("/readyz", [&](const http::request&) { return answer(verdict(roles.not_ready())); });
    routes.get("/metrics", [&](const http::request&) {
        auto page = http::text(200, process.numbers.text());
        page.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        return answer(std::move(page));
    });
    routes.get("/topology", [&](const http::request&) {
        return answer(http::json(200, topology_json(process.table, process.settings)));
    });

    routes.get("/flows", [&](const http::request&) { return flows_of(roles); });

    const auto loop = co_await asio::this_coro::executor;
    http::server server{loop,
                        routes,
                        {.address = where.host,
                         .port = where.port,
                         .reuse_port = true,
                         .connections = 100,
                         .drain = std::chrono::milliseconds{100}},
                        process.log};
    server.listen();
    process.log.info("health, metrics, topology and flows on http://{}", to_string({where.host, server.port()}));
    co_await server.run(stop);
}

}  // namespace sluice
