#pragma once

#include "sluice/base/wait_queue.hpp"
#include "sluice/record/broker.hpp"

#include <boost/intrusive/list.hpp>

#include <memory>
#include <vector>

namespace sluice::kafka::detail {

/// One wait for the answers to one or many sends.
class wave {
public:
    explicit wave(std::size_t size) : left_{size}, answers_(size, error{errc::not_sent}) {}

    void answer(std::size_t place, result<position> with)
    {
        answers_[place] = std::move(with);
        if (--left_ == 0) answered_.wake_all();
    }

    /// Waits until each is answered. Cancellation ends the wait.
    awaitable<> wait()
    {
        if (left_ > 0) co_await answered_.wait();
    }
    std::vector<result<position>>& answers() noexcept { return answers_; }

private:
    std::size_t left_;
    std::vector<result<position>> answers_;
    wait_queue answered_;
};

/// A record on its way. It lives on the heap until librdkafka has reported it: librdkafka points to its value, so a
/// waiter that goes away must not take it along.
struct delivery : boost::intrusive::list_base_hook<> {
    outgoing what;
    time_point deadline;
    std::shared_ptr<wave> waiting;  ///< null once answered
    std::size_t place = 0;

    /// The first answer counts.
    void answer(result<position> with)
    {
        if (const auto asked = std::exchange(waiting, nullptr)) asked->answer(place, std::move(with));
    }
};

/// Owns its deliveries, first come, first out.
class delivery_list {
public:
    delivery_list() = default;
    delivery_list(delivery_list&& other) noexcept = default;
    delivery_list& operator=(delivery_list&&) = delete;
    ~delivery_list() { all_.clear_and_dispose(std::default_delete<delivery>{}); }

    void push_back(std::unique_ptr<delivery> what) noexcept { all_.push_back(*what.release()); }
    void push_front(std::unique_ptr<delivery> what) noexcept { all_.push_front(*what.release()); }
    [[nodiscard]] delivery& front() noexcept { return all_.front(); }
    std::unique_ptr<delivery> take(delivery& which) noexcept
    {
        all_.erase(all_.iterator_to(which));
        return std::unique_ptr<delivery>{&which};
    }
    [[nodiscard]] bool empty() const noexcept { return all_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
    [[nodiscard]] auto begin() noexcept { return all_.begin(); }
    [[nodiscard]] auto end() noexcept { return all_.end(); }

private:
    boost::intrusive::list<delivery> all_;
};

}  // namespace sluice::kafka::detail
