#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/record/broker.hpp"

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

namespace sluice::kafka::detail {

struct shipment;

/// Who waits for answers to sends.
class asker {
public:
    virtual void answer(std::size_t place, result<position>&& with) = 0;

protected:
    ~asker() = default;
};

/// A record on its way. It stays where it is until librdkafka has reported it: librdkafka points to its value, so a
/// waiter that goes away must not take it along.
struct delivery : boost::intrusive::list_base_hook<> {
    outgoing* what = nullptr;
    time_point deadline{};
    asker* waiting = nullptr;  ///< null once answered
    std::size_t place = 0;
    shipment* part_of = nullptr;  ///< null: it is a `lone_delivery`

    /// The first answer counts.
    void answer(result<position>&& with)
    {
        if (auto* const asked = std::exchange(waiting, nullptr)) asked->answer(place, std::move(with));
    }
};

struct lone_delivery final : delivery {
    explicit lone_delivery(outgoing&& record) : record{std::move(record)} { what = &this->record; }

    outgoing record;
};

/// What is sent together; it goes when the last of it has been let go of.
struct shipment {
    /// `by` takes the answers.
    shipment(std::vector<outgoing> what, std::shared_ptr<asker> by)
        : records{std::move(what)},
          each(records.size()),
          left{records.size()},
          asked{std::move(by)}
    {
        for (std::size_t place = 0; place < each.size(); ++place) {
            each[place].what = &records[place];
            each[place].waiting = asked.get();
            each[place].place = place;
            each[place].part_of = this;
        }
    }

    std::vector<outgoing> records;
    std::vector<delivery> each;
    std::atomic<std::size_t> left;  // the last may go with librdkafka's client, on another thread
    std::shared_ptr<asker> asked;
};

struct let_go {
    void operator()(delivery* what) const noexcept
    {
        if (!what->part_of)
            delete static_cast<lone_delivery*>(what);
        else if (what->part_of->left.fetch_sub(1, std::memory_order_acq_rel) == 1)
            delete what->part_of;
    }
};
using delivery_handle = std::unique_ptr<delivery, let_go>;

/// Owns its deliveries, first come, first out.
class delivery_list {
public:
    delivery_list() = default;
    delivery_list(delivery_list&& other) noexcept = default;
    delivery_list& operator=(delivery_list&&) = delete;
    ~delivery_list() { all_.clear_and_dispose(let_go{}); }

    void push_back(delivery_handle what) noexcept { all_.push_back(*what.release()); }
    void push_front(delivery_handle what) noexcept { all_.push_front(*what.release()); }
    [[nodiscard]] delivery& front() noexcept { return all_.front(); }
    delivery_handle take(delivery& which) noexcept
    {
        all_.erase(all_.iterator_to(which));
        return delivery_handle{&which};
    }
    [[nodiscard]] bool empty() const noexcept { return all_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
    [[nodiscard]] auto begin() noexcept { return all_.begin(); }
    [[nodiscard]] auto end() noexcept { return all_.end(); }

private:
    boost::intrusive::list<delivery> all_;
};

}  // namespace sluice::kafka::detail
