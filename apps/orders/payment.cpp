#include "orders/payment.hpp"

#include "orders/charge.hpp"
#include "orders/durations.hpp"
#include "sluice/http/client.hpp"
#include "sluice/process/role.hpp"
#include "sluice/process/settings.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace orders {

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t at_once = 256;
constexpr auto provider_key = "payment.provider";
constexpr auto timeout_key = "payment.timeout";

// An outage costs no attempt, so these are of one order's own. They take about 40 minutes.
constexpr retry_settings patience{.attempts = 100, .first_delay = 200ms, .max_delay = 30s};
constexpr breaker_settings outage{.window = 20, .failures = 0.5, .open = 2s};

std::optional<http::client_settings> parse_provider(std::string_view url)
{
    const auto parsed = boost::urls::parse_absolute_uri(url);
    if (!parsed || parsed->scheme_id() != boost::urls::scheme::http || parsed->has_userinfo() || parsed->has_query() ||
        parsed->encoded_host().empty() || (parsed->encoded_path() != "" && parsed->encoded_path() != "/"))
        return std::nullopt;
    const auto port = parsed->has_port() ? parsed->port_number() : std::uint16_t{80};
    if (port == 0 || (parsed->has_port() && parsed->port() != std::to_string(port))) return std::nullopt;
    return http::client_settings{.host = parsed->host_address(), .port = port};
}

void check_provider(const settings& given, std::string_view key)
{
    const auto url = given.get<std::string>(key);
    if (!url.empty() && !parse_provider(url)) given.reject(key, "a URL such as http://127.0.0.1:8085");
}

http::client_settings provider_of(const settings& given)
{
    const auto url = given.get<std::string>(provider_key);
    auto where = url.empty() ? http::client_settings{.port = given.get<std::uint16_t>("payment-provider.http.port")}
                             : parse_provider(url).value();
    where.connections = at_once;
    where.time_limit = given.get<duration>(timeout_key);
    return where;
}

}  // namespace

awaitable<reply> pay(stock_reserved order, context& about, http::client& provider)
{
    const charge_request what{order.order_id, order.customer_id, order.total};
    http::request asked{.method = "POST", .target = "/charges", .body = to_json(what)};
    asked.headers.add("Content-Type", "application/json");
    asked.headers.add("Idempotency-Key", order.order_id);
    about.stage("waiting for the payment provider");
    const auto decided = decision(what, co_await provider.send(std::move(asked)));
    if (decided.status == charge_status::captured)
        co_return emit(captured_payments, {order.order_id, order.customer_id, order.items, order.total,
                                           *decided.payment_id, decided.decided_at});
    co_return emit(declined_payments,
                   {order.order_id, order.customer_id, order.items, order.total, *decided.reason, decided.decided_at});
}

std::vector<setting_declaration> payment_settings()
{
    constexpr auto value = setting_declaration::kind::value;
    return {{provider_key, "",
             "where the payment provider is, e.g. http://127.0.0.1:8085; empty: where payment-provider serves here",
             value, check_provider},
            {timeout_key, "5s", "how long an answer of the payment provider is waited for", value, is_some_time}};
}

awaitable<> payment(role& self)
{
    http::client provider{self.executor(), provider_of(self.settings())};
    const auto handler = [&](stock_reserved order, context& about) { return pay(std::move(order), about, provider); };
    auto reserved = self.flow(inventory_reserved,
                              {.group = "payment-service", .order = by_key{.running = at_once}, .breaker = outage})
                        .retry(patience)
                        .dead_letter();
    co_await reserved.run(handler);
}

}  // namespace orders
