#include "orders/payment_provider.hpp"

#include "orders/answers.hpp"
#include "orders/charge_store.hpp"
#include "sluice/http/router.hpp"
#include "sluice/process/role.hpp"
#include "sluice/record/record_id.hpp"

#include <charconv>

namespace orders {

using namespace sluice;

namespace {

constexpr auto key_header = "Idempotency-Key";
constexpr auto rule_type = "/problems/invalid-charge";

boost::system::result<charge_request, http::problem> read_request(const http::request& asked)
{
    const auto key = asked.header(key_header);
    if (!key || asked.headers.count(key_header) > 1)
        return invalid(400, "/problems/invalid-header", key_header, "Idempotency-Key must come once");
    auto what = read_body<charge_request>(asked);
    if (!what) return what;
    if (const auto flaw = flaw_of_id(what->order_id); !flaw.empty())
        return invalid(422, rule_type, "order_id", "order_id " + std::string{flaw});
    if (const auto flaw = flaw_of_id(what->customer_id); !flaw.empty())
        return invalid(422, rule_type, "customer_id", "customer_id " + std::string{flaw});
    if (what->amount < money{}) return invalid(422, rule_type, "amount", "amount must not be negative");
    if (*key != what->order_id) return invalid(422, rule_type, key_header, "Idempotency-Key must be the order_id");
    return what;
}

charge decide(const charge_request& what, const provider_manners& manners, timestamp now)
{
    charge decided{what.order_id, what.amount, charge_status::captured, {}, {}, now};
    if (is_declined(what.order_id, manners.declines)) {
        decided.status = charge_status::declined;
        decided.reason = "insufficient_funds";
    } else {
        decided.payment_id = record_id::random().text();
    }
    return decided;
}

http::response answer_to(const charge_request& what, const charge_store::kept_charge& kept)
{
    if (kept.customer_id != what.customer_id || kept.what.amount != what.amount)
        return http::answer(
            invalid(422, "/problems/idempotency-key-reused", key_header, "another charge has this Idempotency-Key"));
    const bool declined = kept.what.status == charge_status::declined;
    return http::json(declined ? 402 : kept.fresh ? 201 : 200, to_json(kept.what));
}

awaitable<http::response> get_charge(std::string order_id, charge_store& charges)
{
    const auto found = co_await charges.find(std::move(order_id));
    if (found) co_return http::json(200, to_json(*found));
    co_return http::answer({.status = 404, .type = "/problems/unknown-charge", .detail = "there is no such charge"});
}

awaitable<http::response> get_totals(charge_store& charges)
{
    co_return http::json(200, to_json(co_await charges.totals()));
}

}  // namespace

mishap mishap_of(double failures, double dice)
{
    if (dice >= failures) return mishap::none;
    return dice < failures / 2 ? mishap::busy : mishap::lost;
}

bool is_declined(std::string_view order_id, double declines)
{
    // Of a UUIDv5, the first 32 bits are as good as drawn.
    const auto hash = record_id::caused_by(record_id{std::string{order_id}}, "payment-provider declines", 0).text();
    std::uint32_t bits = 0;
    std::from_chars(hash.data(), hash.data() + 8, bits, 16);
    return bits < declines * 4294967296.0;
}

awaitable<http::response> post_charge(http::request asked, const provider_manners& manners, charge_store& charges,
                                      std::mt19937_64& random)
{
    const auto what = read_request(asked);
    if (!what) co_return http::answer(what.error());
    std::uniform_real_distribution<double> even;
    const auto slowness = 0.5 + even(random);
    const auto happens = mishap_of(manners.failures, even(random));
    co_await sleep_for(std::chrono::duration_cast<duration>(manners.latency * slowness));
    if (happens == mishap::busy)
        co_return http::answer({.status = 503, .type = "/problems/unavailable", .detail = "try again later"},
                               {{"Retry-After", "1"}});
    const auto now = clock::of(co_await asio::this_coro::executor).wall();
    const auto fresh = decide(*what, manners, now);
    const auto kept = co_await charges.keep(what->customer_id, fresh);
    if (happens == mishap::lost) co_return http::dropped();
    co_return answer_to(*what, kept);
}

std::vector<setting_declaration> provider_settings()
{
    constexpr auto value = setting_declaration::kind::value;
    const auto share = [](const settings& given, std::string_view key) { static_cast<void>(given.number(key, 0, 1)); };
    return {{"provider.latency", "20ms", "how long payment-provider takes, on average", value, is<duration>},
            {"provider.failures", "0", "the share of charges, 0 to 1, at which payment-provider fails", value, share},
            {"provider.declines", "0.02", "the share of orders, 0 to 1, that payment-provider declines", value, share}};
}

awaitable<> payment_provider(role& self)
{
    const provider_manners manners{.latency = self.settings().get<duration>("provider.latency"),
                                   .failures = self.settings().number("provider.failures", 0, 1),
                                   .declines = self.settings().number("provider.declines", 0, 1)};
    const auto database = self.database("payment-provider", charge_store::migrations());
    co_await database->open();
    charge_store charges{database};
    std::mt19937_64 random{std::random_device{}()};

    const auto post = [&](http::request asked) {
        return with_store(post_charge(std::move(asked), manners, charges, random));
    };
    const auto show = [&](const http::request&, std::string id) {
        return with_store(get_charge(std::move(id), charges));
    };
    const auto count = [&](const http::request&) { return with_store(get_totals(charges)); };
    http::router routes;
    routes.post("/charges", post).get("/charges", count).get<std::string>("/charges/{order_id}", show);
    co_await self.serve(routes);
}

}  // namespace orders
