#pragma once

#include "sluice/base/wait_queue.hpp"
#include "sluice/kafka/detail/delivery.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace sluice::kafka::detail {

/// One wait for the answers to many sends.
class wave final : public asker {
public:
    explicit wave(std::size_t size) : left_{size}, answers_(size, error{errc::not_sent}) {}

    void answer(std::size_t place, result<position>&& with) override
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

/// Coroutines that have their answers and are to go on: all of them in one later turn of the loop, in the order of
/// the answers, because a turn for each costs more than the rest of its send.
class resumptions {
public:
    class entry : public boost::intrusive::list_base_hook<> {
    public:
        virtual ~entry() = default;
        /// Destroys itself.
        virtual void resume() = 0;
    };

    resumptions() = default;
    resumptions(const resumptions&) = delete;
    resumptions& operator=(const resumptions&) = delete;
    ~resumptions() { all_.clear_and_dispose(std::default_delete<entry>{}); }

    void add(entry& next) noexcept { all_.push_back(next); }
    [[nodiscard]] bool empty() const noexcept { return all_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
    /// At most so many. They may add others, and may throw; then the rest is still there.
    void run(std::size_t most)
    {
        for (; most > 0 && !all_.empty(); --most) {
            auto& first = all_.front();
            all_.pop_front();
            first.resume();
        }
    }

private:
    boost::intrusive::list<entry> all_;
};

/// The wait for the answer to one send. It lives until its handler has been called, on the loop of the deliveries.
template <class Handler>
class lone_wait final : public asker, public resumptions::entry {
public:
    /// `loop` is where `to` runs.
    lone_wait(Handler handler, const asio::any_io_executor& loop, resumptions& to)
        : handler_{std::move(handler)},
          here_{asio::get_associated_executor(handler_) == loop},
          to_{to}
    {
    }

    void wait_for(delivery& what)
    {
        what.waiting = this;
        auto slot = asio::get_associated_cancellation_slot(handler_);
        if (!slot.is_connected()) return;
        slot.assign([this, &what](asio::cancellation_type) {
            what.waiting = nullptr;
            cancelled();
        });
    }

    /// An alarm that answers, unless somebody else has.
    void ends_by(clock::alarm limit) { limit_ = std::move(limit); }

    void answer(std::size_t, result<position>&& with) override
    {
        limit_.cancel();
        asio::get_associated_cancellation_slot(handler_).clear();
        answer_ = std::move(with);
        to_.add(*this);
    }

    void resume() override
    {
        std::unique_ptr<lone_wait> self{this};
        if (!here_) return post({});
        auto handler = std::move(handler_);
        auto answer = std::move(answer_);
        self.reset();
        std::move(handler)(error_code{}, std::move(answer));
    }

private:
    void cancelled()
    {
        const std::unique_ptr<lone_wait> self{this};
        asio::get_associated_cancellation_slot(handler_).clear();
        post(asio::error::operation_aborted);
    }

    void post(error_code ec)
    {
        // Asked for first: moving the handler would take it along.
        const auto executor = asio::get_associated_executor(handler_);
        asio::post(executor, asio::append(std::move(handler_), ec, std::move(answer_)));
    }

    Handler handler_;
    const bool here_;
    resumptions& to_;
    result<position> answer_ = error{errc::not_sent};
    clock::alarm limit_;
};

}  // namespace sluice::kafka::detail
