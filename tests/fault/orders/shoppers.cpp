#include "shoppers.hpp"

#include "pace.hpp"
#include "sluice/base/clock.hpp"
#include "spans.hpp"

#include <boost/json.hpp>

#include <fstream>

using namespace sluice;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr unsigned accepted = 202, unavailable = 503, unknown = 504;

std::string sku(int number)
{
    const auto digits = std::to_string(number);
    return "SKU-" + std::string(3 - digits.size(), '0') + digits;
}

std::string money(std::int64_t cents)
{
    const auto fraction = std::to_string(cents % 100);
    return std::to_string(cents / 100) + "." + std::string(2 - fraction.size(), '0') + fraction;
}

std::unique_ptr<http::client> connect(const asio::any_io_executor& loop, unsigned short port)
{
    http::client_settings where{.port = port, .connections = 2'000, .time_limit = 15s};
    return std::make_unique<http::client>(loop, std::move(where));
}

}  // namespace

shoppers::shoppers(asio::any_io_executor loop, settings what)
    : what_{std::move(what)},
      time_{clock::of(loop)},
      random_{what_.seed}
{
    for (const auto port : what_.checkouts) checkouts_.push_back(connect(loop, port));
}

// The first price is another in each order, so that an event tells of which order it is, whatever id that has got.
shoppers::order shoppers::make(std::size_t number)
{
    const auto any = [this](int least, int most) { return std::uniform_int_distribution{least, most}(random_); };
    order one{.customer = "customer-" + std::to_string(any(1, what_.customers)), .key = {}, .items = {}};
    if (any(0, 1) == 0) one.key = "key-" + std::to_string(number);
    one.repeated = any(0, 9) == 0;
    const int first = any(1, 100), count = any(1, 3);
    for (int i = 0; i < count; ++i) {
        const int which = (first + i - 1) % 100 + 1;
        one.items.push_back({sku(which), any(1, 3), 99 + 7 * which});
    }
    one.items.front().cents = 1'000 + static_cast<std::int64_t>(number);
    const auto fate = any(0, 99);
    if (fate == 0) one.items.push_back({"SKU-404", 1, 100});
    if (fate == 1)
        for (int i = 0; i < 11; ++i) one.items.push_back({sku(first), 1'000, 100});
    return one;
}

std::string shoppers::body_of(const order& what)
{
    std::string items;
    for (const auto& one : what.items)
        items += (items.empty() ? "" : ",") + (R"({"product_id":")" + one.sku) + R"(","quantity":)" +
                 std::to_string(one.quantity) + R"(,"price":)" + money(one.cents) + "}";
    return R"({"items":[)" + items + "]}";
}

awaitable<> shoppers::keep_ordering(scope& customers)
{
    for (pace steady{time_, what_.rate};;) {
        const auto count = co_await steady.more();
        for (std::size_t i = 0; i < count; ++i) {
            const auto number = orders_.size();
            orders_.push_back(make(number));
            customers.spawn(place(orders_.back(), number));
        }
    }
}

awaitable<> shoppers::place(order& what, std::size_t number)
{
    const auto patience = time_.now() + what_.patience;
    bool done = co_await post(what, *checkouts_[number % checkouts_.size()]);
    if (what.key.empty()) co_return;
    for (auto next = number + 1; !done && time_.now() < patience; ++next) {
        co_await planned_pause(200ms);
        done = co_await post(what, *checkouts_[next % checkouts_.size()]);
    }
    if (done && what.repeated) co_await post(what, *checkouts_[(number + 1) % checkouts_.size()]);
}

/// Whether it is accepted.
awaitable<bool> shoppers::post(order& what, http::client& to)
{
    http::header_fields headers{{"Content-Type", "application/json"}, {"X-Customer-ID", what.customer}};
    if (!what.key.empty()) headers.add("Idempotency-Key", what.key);
    const auto answer = co_await to.post("/checkout", body_of(what), std::move(headers));
    // Without a connection it is surely not placed, as with a 503.
    const auto lost = answer || answer.error() == errc::outcome_unknown ? 0U : unavailable;
    const auto status = answer ? answer->status : lost;
    what.statuses.push_back(status);
    ++statuses_[status];
    if (status == accepted)
        what.ids.emplace_back(json::parse(answer->body).at("order_id").as_string());
    else if (answer && status != unavailable && status != unknown)
        what.bad_answers.push_back(std::to_string(status) + " " + answer->body);
    changed_.wake_all();
    co_return status == accepted;
}

awaitable<> shoppers::answers(unsigned status, std::size_t more)
{
    const auto enough = count(status) + more;
    while (count(status) < enough) co_await changed_.wait();
}

std::size_t shoppers::count(unsigned status) const
{
    const auto found = statuses_.find(status);
    return found == statuses_.end() ? 0 : found->second;
}

void shoppers::describe(const std::filesystem::path& file) const
{
    json::array all;
    for (const auto& one : orders_) {
        json::array items;
        for (const auto& [sku, quantity, cents] : one.items) items.push_back({sku, quantity, cents});
        all.push_back({{"customer", one.customer},
                       {"key", one.key},
                       {"items", std::move(items)},
                       {"statuses", json::value_from(one.statuses)},
                       {"ids", json::value_from(one.ids)},
                       {"bad_answers", json::value_from(one.bad_answers)}});
    }
    std::ofstream{file} << json::serialize(all);
}
