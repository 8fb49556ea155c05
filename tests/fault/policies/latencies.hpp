#pragma once

#include "sluice/base/clock.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <vector>

namespace sluice {

/// The 99th of a hundred latencies without and with something, each the median over windows of time of both kinds that
/// take turns: what else the machine does meets both, and a window in which it does much of it counts for one.
class latencies {
public:
    /// A window begins.
    void begin(bool with) { now_ = &(with ? with_ : without_).emplace_back(); }
    /// Of a record of this window.
    void saw(duration one) { now_->push_back(one); }

    [[nodiscard]] duration without() { return median_p99(without_); }
    [[nodiscard]] duration with() { return median_p99(with_); }
    [[nodiscard]] bool alike() { return with() <= std::max(2 * without(), small); }

    /// What the scheduler of a machine with two busy cores takes and gives as it likes: a few of its turns. Whoever
    /// waits for the retry of another waits ten times as long, for 50 ms at least.
    static constexpr duration small = std::chrono::milliseconds{5};

private:
    using window = std::vector<duration>;

    static duration at(window& all, std::size_t percent)
    {
        BOOST_REQUIRE(!all.empty());
        const auto place = all.begin() + static_cast<std::ptrdiff_t>(all.size() * percent / 100);
        std::ranges::nth_element(all, place);
        return *place;
    }
    static duration median_p99(std::vector<window>& of)
    {
        window each;
        for (auto& one : of) each.push_back(at(one, 99));
        return at(each, 50);
    }

    std::vector<window> without_, with_;
    window* now_ = nullptr;
};

}  // namespace sluice
