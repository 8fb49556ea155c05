#pragma once

#include "sluice/base/async.hpp"

#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice::testing {

/// What is ready to run on a loop, so that a test decides what of it runs next. It takes what is given to its
/// executors, and runs nothing by itself.
class ready_work final : public asio::execution_context::service {
    struct task {
        virtual ~task() = default;
        virtual void run() = 0;
    };

public:
    using key_type = ready_work;
    inline static asio::execution_context::id id;

    explicit ready_work(asio::execution_context& of) : service{of} {}

    [[nodiscard]] std::size_t size() const noexcept { return ready_.size(); }
    void run(std::size_t which)
    {
        const auto place = ready_.begin() + static_cast<std::ptrdiff_t>(which);
        const auto chosen = std::move(*place);
        ready_.erase(place);
        running_ = true;
        chosen->run();
        running_ = false;
    }

    /// `Inner`, an executor of the loop, says what is to be known of it, and keeps the loop's count of work.
    template <class Inner>
    class executor {
    public:
        executor(ready_work& to, Inner inner) : to_{&to}, inner_{std::move(inner)} {}

        template <class Property>
            requires asio::can_query_v<const Inner&, Property>
        decltype(auto) query(const Property& what) const noexcept
        {
            return asio::query(inner_, what);
        }
        template <class Property>
            requires asio::can_require_v<const Inner&, Property>
        auto require(const Property& what) const
        {
            return to_->over(asio::require(inner_, what));
        }
        template <class Property>
            requires asio::can_prefer_v<const Inner&, Property>
        auto prefer(const Property& what) const
        {
            return to_->over(asio::prefer(inner_, what));
        }
        /// What is dispatched runs at once when it may, as on the loop itself: Asio's own coroutines rely on it.
        template <class Function>
        void execute(Function&& work) const
        {
            if (to_->running_ && asio::query(inner_, asio::execution::blocking) != asio::execution::blocking.never) {
                auto now = std::forward<Function>(work);
                std::move(now)();
                return;
            }
            struct holding final : task {
                explicit holding(Function&& f) : function{std::forward<Function>(f)} {}
                void run() override { std::move(function)(); }
                std::decay_t<Function> function;
            };
            to_->ready_.push_back(std::make_unique<holding>(std::forward<Function>(work)));
        }
        friend bool operator==(const executor&, const executor&) = default;

    private:
        ready_work* to_;
        Inner inner_;
    };
    template <class Inner>
    executor<Inner> over(Inner inner)
    {
        return {*this, std::move(inner)};
    }

private:
    void shutdown() override
    {
        while (!ready_.empty()) std::exchange(ready_, {});  // what is destroyed may make other things ready
    }

    std::vector<std::unique_ptr<task>> ready_;
    bool running_ = false;
};

}  // namespace sluice::testing
