#include "orders/latencies.hpp"

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

}  // namespace orders
