#include "sluice/flow/outbox.hpp"

#include "sluice/flow/lanes.hpp"

#include <algorithm>
#include <iterator>

namespace sluice {

void outbox::keep(std::list<work> finished, ledger::ticket prefix)
{
    const auto ticket = finished.front().ticket;
    if (ticket >= prefix) {
        beyond_.emplace(ticket, std::move(finished));
        return;
    }
    for (; next_ < prefix; ++next_)
        if (next_ == ticket) {
            ready_.splice(ready_.end(), finished);
        } else if (const auto found = beyond_.find(next_); found != beyond_.end()) {
            ready_.splice(ready_.end(), found->second);
            beyond_.erase(found);
        }
}

std::size_t outbox::take(std::size_t most, std::list<work>& to)
{
    const auto count = std::min(most, ready_.size());
    const auto end = std::next(ready_.begin(), static_cast<std::ptrdiff_t>(count));
    to.splice(to.end(), ready_, ready_.begin(), end);
    return count;
}

std::list<work> outbox::clear()
{
    auto all = std::move(ready_);
    ready_.clear();
    for (auto& [ticket, one] : beyond_) all.splice(all.end(), one);
    beyond_.clear();
    return all;
}

}  // namespace sluice
