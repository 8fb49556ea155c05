#include "sluice/flow/parcel.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice {

void parcel::add(std::shared_ptr<assignment> of, std::list<work> finished, position end)
{
    works_.splice(works_.end(), finished);
    finished_.push_back(std::move(end));
    whose_.push_back(std::move(of));
}

void parcel::seal()
{
    std::size_t size = 0;
    for (const auto& one : works_) size += one.sending.size();
    auto all = std::make_shared<std::vector<outgoing>>();
    all->reserve(size);
    ends_.clear();
    ends_.reserve(works_.size());
    for (auto& one : works_) {
        std::ranges::move(one.sending, std::back_inserter(*all));
        one.sending.clear();
        ends_.push_back(all->size());
    }
    what_ = std::move(all);
}

std::vector<work*> parcel::senders_of(const std::vector<std::size_t>& places)
{
    std::vector<work*> found;
    auto each = works_.begin();
    for (std::size_t i = 0, begin = 0; i < ends_.size(); begin = ends_[i++], ++each)
        if (std::ranges::any_of(places, [&](std::size_t place) { return place >= begin && place < ends_[i]; }))
            found.push_back(&*each);
    return found;
}

std::optional<position> parcel::witness() const
{
    const auto one = std::ranges::find_if(works_, [](const work& each) { return !each.of->given_up; });
    if (one == works_.end()) return std::nullopt;
    const auto whose = std::ranges::find(whose_, one->of, &std::shared_ptr<assignment>::get);
    return finished_[static_cast<std::size_t>(whose - whose_.begin())];
}

bool parcel::hush()
{
    bool had_words = false;
    for (auto& one : finished_) had_words = !std::exchange(one.metadata, {}).empty() || had_words;
    return had_words;
}

std::list<work> parcel::revise()
{
    const auto before = std::move(what_);
    std::list<work> dropped;
    std::size_t i = 0;
    for (auto next = works_.begin(); next != works_.end(); ++i) {
        const auto one = next++;
        if (one->of->given_up)
            dropped.splice(dropped.end(), works_, one);
        else if (one->sending.empty())
            one->sending.assign(before->begin() + static_cast<std::ptrdiff_t>(i == 0 ? 0 : ends_[i - 1]),
                                before->begin() + static_cast<std::ptrdiff_t>(ends_[i]));
    }
    positions finished;
    assignments whose;
    for (std::size_t each = 0; each < whose_.size(); ++each) {
        if (whose_[each]->given_up) continue;
        finished.push_back(std::move(finished_[each]));
        whose.push_back(std::move(whose_[each]));
    }
    finished_ = std::move(finished);
    // Those that were given up are let go last: `dropped` still refers to them.
    std::swap(whose_, whose);
    for (auto& one : dropped) one.of = nullptr;
    seal();
    return dropped;
}

std::list<work> parcel::clear()
{
    auto all = std::move(works_);
    works_.clear();
    ends_.clear();
    what_.reset();
    finished_.clear();
    whose_.clear();
    return all;
}

}  // namespace sluice
