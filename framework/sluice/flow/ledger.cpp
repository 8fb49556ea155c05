#include "sluice/flow/ledger.hpp"

#include <boost/assert.hpp>

namespace sluice {

ledger::ticket ledger::admit(std::int64_t offset)
{
    BOOST_ASSERT_MSG(!end_ || offset >= *end_, "records of a partition are admitted in the order of the log");
    if (entries_.full()) entries_.set_capacity(2 * entries_.capacity());
    entries_.push_back({offset, false});
    end_ = offset + 1;
    return first_ + entries_.size() - 1;
}

void ledger::finish(ticket which)
{
    BOOST_ASSERT_MSG(which >= first_ && which - first_ < entries_.size(), "a ticket is finished once");
    entries_[which - first_].finished = true;
    while (!entries_.empty() && entries_.front().finished) {
        entries_.pop_front();
        ++first_;
    }
}

std::optional<std::int64_t> ledger::committable() const
{
    return entries_.empty() ? end_ : std::optional{entries_.front().offset};
}

}  // namespace sluice
