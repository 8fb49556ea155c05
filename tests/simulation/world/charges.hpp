#pragma once

#include "simulation/world/place.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace sluice::testing {

/// Which records an outage may have cost an attempt. With a breaker it does where a record gets no answer, and none
/// again when a whole window of its member's outcomes has gone by: the breaker has stayed closed over them. What the
/// breaker does not count is counted here, so some are suspected in vain.
class charges {
public:
    explicit charges(std::size_t window) : window_{window} {}

    /// A handler ended; `answered`: not by an outage.
    void ended(int who, const place& what, bool answered)
    {
        const auto now = ++outcomes_[who];
        if (answered) {
            doubtful_.erase({who, what});
            return;
        }
        const auto [doubt, fresh] = doubtful_.try_emplace({who, what}, now);
        if (fresh || now - doubt->second < window_) return;
        charged_.insert(what);
        doubt->second = now;
    }

    [[nodiscard]] bool may_have(const place& what) const { return charged_.contains(what); }

private:
    std::size_t window_;
    std::map<int, std::uint64_t> outcomes_;
    std::map<std::pair<int, place>, std::uint64_t> doubtful_;  // the outcomes before
    std::set<place> charged_;
};

}  // namespace sluice::testing
