#pragma once

#include "sluice/flow/ledger.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <list>

namespace sluice {

struct work;

/// What the finished records of one partition left to be sent, kept until they belong to the unbroken prefix: a pure
/// state machine beside the ledger. Nodes are handed on, so nothing is copied.
class outbox {
public:
    /// `finished` is one record; `prefix` is the first ticket that the ledger has unfinished now.
    void keep(std::list<work> finished, ledger::ticket prefix);

    /// Appends the next records of the prefix to `to`, in the order of the log, at most so many; returns how many.
    std::size_t take(std::size_t most, std::list<work>& to);
    /// Everything, in no order.
    std::list<work> clear();

    /// Records of the prefix.
    [[nodiscard]] std::size_t ready() const noexcept { return ready_.size(); }

private:
    std::list<work> ready_;
    ledger::ticket next_ = 0;  // those below are ready, or taken
    boost::unordered_flat_map<ledger::ticket, std::list<work>> beyond_;
};

}  // namespace sluice
