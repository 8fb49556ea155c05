#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/base/result.hpp"
#include "sluice/base/wait_queue.hpp"

#include <algorithm>
#include <functional>
#include <list>
#include <memory>
#include <optional>

namespace sluice::testing {

/// What becomes of a request to a simulated broker.
struct fate {
    duration after{};                   ///< when it happens and is answered
    std::optional<error> fails{};       ///< what its caller is told instead of the truth
    bool happens = !fails.has_value();  ///< whether it takes effect: both a failure that did and a refusal can be told
};

/// Requests on their way to a simulated broker. They arrive in the order in which they were sent, also when their
/// callers wait no longer.
template <class Answer>
class simulated_calls {
public:
    class pending {
    public:
        /// Waits for the answer. Cancellation ends the wait, not the request.
        awaitable<Answer> answer()
        {
            while (!answer_) co_await answered_.wait();
            co_return *answer_;
        }

    private:
        friend simulated_calls;
        clock::alarm arrives_;
        std::optional<Answer> answer_;
        wait_queue answered_;
    };

    explicit simulated_calls(clock& time) : time_{time} {}

    /// `happen` is called on arrival, and its result is the answer.
    std::shared_ptr<pending> send(duration after, std::function<Answer()> happen)
    {
        last_ = std::max(last_, time_.now() + after);
        auto call = std::make_shared<pending>();
        const auto place = on_their_way_.insert(on_their_way_.end(), call);
        call->arrives_ = time_.at(last_, [this, place, happen = std::move(happen)] {
            const auto arrived = std::move(*place);
            on_their_way_.erase(place);
            arrived->answer_ = happen();
            arrived->answered_.wake_all();
        });
        return call;
    }

    [[nodiscard]] std::size_t size() const noexcept { return on_their_way_.size(); }

private:
    clock& time_;
    time_point last_{};
    std::list<std::shared_ptr<pending>> on_their_way_;
};

}  // namespace sluice::testing
