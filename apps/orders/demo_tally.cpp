#include "orders/demo_tally.hpp"

#include <initializer_list>
#include <utility>

namespace orders {
namespace {

int how_many(const std::bitset<steps>& seen, std::initializer_list<step> of)
{
    int count = 0;
    for (const auto each : of) count += seen[static_cast<std::size_t>(each)];
    return count;
}

int ends(const std::bitset<steps>& seen)
{
    return how_many(seen, {step::rejected, step::paid, step::released, step::dead_lettered});
}

bool confirmed(const std::bitset<steps>& seen)
{
    return how_many(seen, {step::emailed, step::dead_lettered}) > 0;
}

}  // namespace

void demo_tally::accept(const std::string& id, sluice::time_point posted)
{
    auto& order = orders_[id];
    if (order.posted) return;
    const auto before = order;
    order.posted = posted;
    ++accepted_;
    book(before, order);
}

void demo_tally::see(const std::string& id, step what, sluice::time_point now)
{
    auto& order = orders_[id];
    const auto before = order;
    order.seen.set(static_cast<std::size_t>(what));
    if (what == step::paid && !order.paid) order.paid = now;
    book(before, order);
}

void demo_tally::capture(const std::string& id, sluice::money amount, std::int64_t units)
{
    if (std::exchange(orders_[id].captured, true)) return;
    revenue_ = revenue_.plus(amount).value();
    units_ += units;
}

std::vector<std::string> demo_tally::accepted_orders() const
{
    std::vector<std::string> ids;
    for (const auto& [id, order] : orders_)
        if (order.posted && !order.seen[static_cast<std::size_t>(step::dead_lettered)]) ids.push_back(id);
    return ids;
}

// An order that nobody accepted yet counts nowhere.
void demo_tally::book(const entry& before, const entry& now)
{
    if (!now.posted) return;
    const auto old = before.posted ? before.seen : std::bitset<steps>{};
    for (std::size_t each = 0; each < steps; ++each) seen_[each] += now.seen[each] && !old[each];
    if (ends(now.seen) > 0 && ends(old) == 0) ++ended_;
    if (ends(now.seen) > 1 && ends(old) < 2) ++contradictions_;
    if (confirmed(now.seen) && !confirmed(old)) ++confirmed_;
    if (now.paid && !(before.posted && before.paid)) to_paid_.add(*now.paid - *now.posted);
}

}  // namespace orders
