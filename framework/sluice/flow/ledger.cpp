#include "sluice/flow/ledger.hpp"

#include <boost/assert.hpp>

#include <algorithm>

namespace sluice {

ledger::ticket ledger::admit(std::int64_t offset, std::int32_t failures, timestamp first_failure)
{
    BOOST_ASSERT_MSG(!end_ || offset >= *end_, "records of a partition are admitted in the order of the log");
    if (entries_.full()) entries_.set_capacity(2 * entries_.capacity());
    entries_.push_back({offset, first_failure, failures, false});
    note(entries_.back());
    if (const auto count = entries_.size(); count > 1) seams_ += !entries_[count - 2].like(entries_[count - 1]);
    end_ = offset + 1;
    return first_ + entries_.size() - 1;
}

void ledger::finish(ticket which)
{
    BOOST_ASSERT_MSG(which >= first_ && which - first_ < entries_.size(), "a ticket is finished once");
    const auto index = which - first_;
    change(index, {entries_[index].offset, unknown_time, 0, true});
    while (!entries_.empty() && entries_.front().finished) pop();
}

void ledger::failed(ticket which, std::int32_t failures, timestamp first_failure)
{
    BOOST_ASSERT_MSG(which >= first_ && which - first_ < entries_.size(), "what failed is not finished");
    const auto index = which - first_;
    change(index, {entries_[index].offset, first_failure, failures, false});
}

void ledger::change(std::size_t index, entry to)
{
    seams_ -= seams_at(index);
    forget(entries_[index]);
    note(entries_[index] = to);
    seams_ += seams_at(index);
}

void ledger::pop()
{
    if (entries_.size() > 1) seams_ -= !entries_[0].like(entries_[1]);
    entries_.pop_front();
    ++first_;
}

void ledger::note(const entry& what)
{
    if (what.failures == 0) return;
    ++failed_;
    most_failures_ = std::max(most_failures_, what.failures);
    if (what.first_failure == unknown_time) return;
    const bool is_only = first_failure_ == unknown_time;
    first_failure_ = is_only ? what.first_failure : std::min(first_failure_, what.first_failure);
    last_failure_ = std::max(last_failure_, what.first_failure);
}

void ledger::forget(const entry& what)
{
    if (what.failures == 0 || --failed_ > 0) return;
    most_failures_ = 0;
    first_failure_ = last_failure_ = unknown_time;
}

std::size_t ledger::seams_at(std::size_t index) const
{
    const auto& one = entries_[index];
    return std::size_t{index > 0 && !entries_[index - 1].like(one)} +
           std::size_t{index + 1 < entries_.size() && !entries_[index + 1].like(one)};
}

std::optional<std::int64_t> ledger::committable() const
{
    return entries_.empty() ? end_ : std::optional{entries_.front().offset};
}

std::vector<progress_run> ledger::beyond(std::size_t most) const
{
    std::vector<progress_run> runs;
    runs.reserve(std::min(most, seams_ + 1));
    const entry* last = nullptr;
    for (const auto& one : entries_) {
        if (last && last->like(one)) continue;
        if (last) runs.back().to = one.offset;
        last = &one;
        if (runs.size() == most) return runs;
        runs.push_back(one.run(*end_));
    }
    return runs;
}

std::size_t ledger::length_at_most() const
{
    if (plain()) return 0;
    const auto offsets = static_cast<std::size_t>(*end_ - entries_.front().offset);
    return progress::length_at_most(seams_ + 1, offsets, std::min(failed_, seams_ + 1), most_failures_,
                                    last_failure_ - first_failure_);
}

}  // namespace sluice
