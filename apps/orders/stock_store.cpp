#include "orders/stock_store.hpp"

#include "sluice/flow/failure.hpp"

#include <charconv>
#include <ranges>

namespace orders {

using namespace sluice;
using store::sql_transaction;

namespace {

constexpr auto schema = R"(
    create table stock (
        sku       text   primary key,
        initial   bigint not null,
        available bigint not null check (available >= 0),
        reserved  bigint not null check (reserved >= 0),
        check (available + reserved = initial)
    );
    create table decision (
        order_id text   primary key,
        reserved bigint not null check (reserved in (0, 1))
    );
    create table reservation (
        order_id text   not null,
        sku      text   not null,
        quantity bigint not null check (quantity > 0),
        primary key (order_id, sku)
    );
)";

template <class Integer>
std::optional<Integer> parse_number(std::string_view text)
{
    Integer number{};
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return number;
}

// `SKU-001..SKU-100`: the same prefix, then numbers of one width.
std::optional<std::vector<std::string>> parse_range(std::string_view first, std::string_view last)
{
    constexpr std::size_t most = 100'000;
    const auto prefix = first.find_last_not_of("0123456789") + 1;
    if (first.size() != last.size() || first.substr(0, prefix) != last.substr(0, prefix)) return std::nullopt;
    const auto from = parse_number<std::size_t>(first.substr(prefix));
    const auto to = parse_number<std::size_t>(last.substr(prefix));
    if (!from || !to || *from > *to || *to - *from >= most) return std::nullopt;
    std::vector<std::string> names;
    for (auto number = *from; number <= *to; ++number) {
        const auto digits = std::to_string(number);
        names.push_back(std::string{first.substr(0, prefix)} + std::string(first.size() - prefix - digits.size(), '0') +
                        digits);
    }
    return names;
}

awaitable<std::optional<stock_level>> level_in(sql_transaction& within, const std::string& sku)
{
    const auto rows = co_await within.query("select available, reserved from stock where sku = ?1", sku);
    if (rows.empty()) co_return std::nullopt;
    co_return stock_level{sku, rows[0].get<std::int64_t>(0), rows[0].get<std::int64_t>(1)};
}

awaitable<std::optional<stock_store::refusal>> refuse(sql_transaction& within, const quantities& wanted)
{
    stock_store::refusal unknown{rejection::unknown_product, {}};
    stock_store::refusal insufficient{rejection::insufficient_stock, {}};
    for (const auto& [sku, quantity] : wanted) {
        const auto level = co_await level_in(within, sku);
        if (!level)
            unknown.items.push_back({sku, quantity, 0});
        else if (level->available < quantity)
            insufficient.items.push_back({sku, quantity, level->available});
    }
    if (!unknown.items.empty()) co_return unknown;
    if (!insufficient.items.empty()) co_return insufficient;
    co_return std::nullopt;
}

awaitable<> take(sql_transaction& within, const std::string& order_id, const quantities& wanted)
{
    for (const auto& [sku, quantity] : wanted) {
        co_await within.execute("update stock set available = available - ?2, reserved = reserved + ?2 where sku = ?1",
                                sku, quantity);
        co_await within.execute("insert into reservation (order_id, sku, quantity) values (?1, ?2, ?3)", order_id, sku,
                                quantity);
    }
}

}  // namespace

std::optional<quantities> parse_stock(std::string_view text)
{
    quantities stock;
    for (const auto part : std::views::split(text, ',')) {
        const std::string_view entry{part.begin(), part.end()};
        const auto equals = entry.find('=');
        if (equals == 0 || equals == entry.npos) return std::nullopt;
        const auto quantity = parse_number<std::int64_t>(entry.substr(equals + 1));
        if (!quantity || *quantity < 0) return std::nullopt;
        const auto name = entry.substr(0, equals);
        const auto dots = name.find("..");
        const auto names = dots == name.npos ? std::optional{std::vector<std::string>{std::string{name}}}
                                             : parse_range(name.substr(0, dots), name.substr(dots + 2));
        if (!names) return std::nullopt;
        for (const auto& sku : *names) stock[sku] = *quantity;
    }
    if (stock.empty()) return std::nullopt;
    return stock;
}

std::vector<store::sql_migrations> stock_store::migrations()
{
    return {store::inbox::migrations(), {"stock", {schema}}};
}

stock_store::stock_store(std::shared_ptr<store::sql_database> where, metrics& numbers)
    : where_{std::move(where)},
      repeats_{numbers.counter("orders_inbox_repeats_total", "Orders that came again and got the same reply")}
{
}

awaitable<> stock_store::open(quantities initial)
{
    const auto fill = [&](sql_transaction& within) -> awaitable<> {
        for (const auto& [sku, quantity] : initial)
            co_await within.execute(
                "insert into stock (sku, initial, available, reserved) values (?1, ?2, ?2, 0) "
                "on conflict do nothing",
                sku, quantity);
    };
    co_await where_->write(fill);
}

awaitable<reply> stock_store::reserve(record_id cause, std::string order_id, quantities wanted, answer with)
{
    const auto now = clock::of(co_await asio::this_coro::executor).wall();
    bool repeated = false;
    const auto decide = [&](sql_transaction& within) -> awaitable<reply> {
        const auto before = co_await inbox_.claim(within, cause.text(), now);
        repeated = before.has_value();
        if (before) co_return reply::decode(*before).value();
        const auto refused = co_await refuse(within, wanted);
        const auto fresh = co_await within.execute(
            "insert into decision (order_id, reserved) values (?1, ?2) on conflict do nothing", order_id, !refused);
        if (fresh == 0) throw permanent_failure{"order " + order_id + " was decided already, for another record"};
        if (!refused) co_await take(within, order_id, wanted);
        auto answered = with(refused ? &*refused : nullptr);
        co_await inbox_.keep(within, cause.text(), answered.encode());
        co_return answered;
    };
    auto answered = co_await where_->write(decide);
    if (repeated) repeats_.Increment();
    co_return answered;
}

awaitable<std::optional<stock_level>> stock_store::level(std::string sku)
{
    const auto look = [&](sql_transaction& within) { return level_in(within, sku); };
    co_return co_await where_->read(look);
}

awaitable<> stock_store::forget_replies(timestamp until)
{
    const auto prune = [&](sql_transaction& within) { return inbox_.prune(within, until); };
    for (std::int64_t forgotten = 1; forgotten > 0;) forgotten = co_await where_->write(prune);
}

}  // namespace orders
