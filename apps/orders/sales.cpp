#include "orders/sales.hpp"

#include "sluice/base/rfc3339.hpp"
#include "sluice/flow/failure.hpp"

#include <algorithm>
#include <optional>

namespace orders {

using namespace sluice;

namespace {

constexpr std::int64_t most = 1'000'000'000'000'000;  // minor units, or units: a thousand of them are no overflow
constexpr std::size_t longest_id = 256;               // bytes
constexpr auto longest = std::chrono::hours{24};

void check_id(const std::string& id, const char* what)
{
    if (id.empty() || id.size() > longest_id || id.find('\0') != id.npos)
        throw permanent_failure{std::string{"the "} + what + " is no id"};
}

http::problem bad_parameter(const std::string& name, const std::string& why)
{
    return {.status = 400,
            .type = "/problems/invalid-parameter",
            .detail = name + " " + why,
            .members = {{"parameter", name}}};
}

}  // namespace

timestamp minute_of(timestamp when) noexcept
{
    return std::chrono::floor<std::chrono::minutes>(when);
}

void check(const payment_captured& payment)
{
    check_id(payment.order_id, "order_id");
    if (payment.total > money::of_minor(most)) throw permanent_failure{"the total is too large"};
    if (cost_of(payment.items) != payment.total) throw permanent_failure{"the items do not add up to the total"};
    std::int64_t units = 0;
    for (const auto& item : payment.items) {
        check_id(item.product_id, "product_id");
        if (item.quantity > most - units) throw permanent_failure{"a quantity makes no sense"};
        units += item.quantity;
    }
}

void sales_increments::add(const payment_captured& payment)
{
    const auto minute = minute_of(payment.captured_at);
    auto& all = minutes.try_emplace(minute, minute_sales{.minute = minute}).first->second;
    ++all.orders;
    all.revenue = all.revenue.plus(payment.total).value();
    for (const auto& item : payment.items) {
        auto& product = products.try_emplace({minute, item.product_id}, product_sales{item.product_id}).first->second;
        product.units += item.quantity;
        product.revenue = product.revenue.plus(item.price.times(item.quantity).value()).value();
        all.units += item.quantity;
    }
}

boost::system::result<time_range, http::problem> asked_range(const std::vector<http::name_value>& query, timestamp now)
{
    std::optional<timestamp> from, to;
    for (const auto& [name, value] : query) {
        if (name != "from" && name != "to") return bad_parameter(name, "is not known here: from and to are");
        auto& into = name == "from" ? from : to;
        if (into) return bad_parameter(name, "must come once");
        into = from_rfc3339(value);
        if (!into) return bad_parameter(name, "must be a time such as 2026-01-02T03:04:05Z");
    }
    const auto end = std::chrono::ceil<std::chrono::minutes>(to.value_or(now));
    const auto begin = from ? minute_of(*from) : timestamp{end - std::chrono::hours{1}};
    if (begin >= end) return bad_parameter(from ? "from" : "to", "must be earlier than to");
    if (end - begin > longest) return bad_parameter("from", "must be at most 24 hours before to");
    return time_range{begin, end};
}

}  // namespace orders
