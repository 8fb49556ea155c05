#include "orders/demo_tally.hpp"

#include <algorithm>
#include <cmath>

namespace orders {
namespace {

constexpr double step = 1.05;

}  // namespace

void latencies::add(sluice::duration span)
{
    const auto us = std::max(1.0, std::chrono::duration<double, std::micro>{span}.count());
    const auto bucket = static_cast<std::size_t>(std::log(us) / std::log(step));
    ++buckets_[std::min(bucket, buckets_.size() - 1)];
    ++count_;
}

sluice::duration latencies::at(double share) const
{
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size() && count_ > 0; ++bucket)
        if ((seen += buckets_[bucket]) >= wanted)
            return std::chrono::duration_cast<sluice::duration>(
                std::chrono::duration<double, std::micro>{std::pow(step, static_cast<double>(bucket + 1))});
    return {};
}

void demo_tally::accept(const std::string& id, sluice::time_point posted)
{
    auto& order = orders_[id];
    if (order.posted) return;
    order.posted = posted;
    ++accepted_;
    book(order);
}

void demo_tally::settle(const std::string& id, outcome how, sluice::time_point now)
{
    auto& order = orders_[id];
    if (order.ended) return;
    order.ended = {how, now};
    book(order);
}

std::uint64_t demo_tally::in_flight() const noexcept
{
    return accepted_ - count(outcome::reserved) - count(outcome::rejected) - count(outcome::dead_lettered);
}

void demo_tally::book(const entry& order)
{
    if (!order.posted || !order.ended) return;
    ++ended_[static_cast<std::size_t>(order.ended->how)];
    if (order.ended->how == outcome::reserved) to_reserved_.add(order.ended->when - *order.posted);
}

}  // namespace orders
