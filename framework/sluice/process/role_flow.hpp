#pragma once

#include "sluice/flow/by_topic.hpp"
#include "sluice/flow/handler.hpp"
#include "sluice/flow/settings.hpp"

#include <utility>
#include <vector>

namespace sluice {

class role;

namespace detail {

/// `role::run`.
awaitable<> run_in(role& where, std::vector<topic_handler> handlers, flow_settings how);

/// A subscription in the making: what is said of it in a chain of calls, each of which returns `Self`.
template <class Self>
class subscription {
public:
    Self& retry(retry_settings how)
    {
        how_.retry = how;
        return self();
    }

    /// What failed for good goes to `<topic>.<group>.dlt`.
    Self& dead_letter()
    {
        how_.dead_letters = true;
        return self();
    }

    /// What the handler emits becomes visible with the offset it came of, once (`delivery::exactly_once`). The setting
    /// `instance` names the process to the cluster.
    Self& exactly_once(transaction_settings how = {})
    {
        how_.mode = delivery::exactly_once;
        how_.transaction = how;
        return self();
    }

protected:
    subscription(role& where, flow_settings how) : where_{where}, how_{std::move(how)} {}

    awaitable<> run_all(std::vector<topic_handler> handlers) { return run_in(where_, std::move(handlers), how_); }

private:
    Self& self() { return static_cast<Self&>(*this); }

    role& where_;
    flow_settings how_;
};

}  // namespace detail

/// A subscription to one topic.
template <class T>
class role_flow : public detail::subscription<role_flow<T>> {
public:
    role_flow(role& where, const topic<T>& from, flow_settings how)
        : detail::subscription<role_flow>{where, std::move(how)},
          from_{from}
    {
    }

    /// Handles records until the role is asked to stop, then drains as `flow::run` does, and fails as it does. The
    /// handler is called as `handler(T, context&)`; what it refers to outlives the wait.
    template <class Handler>
    awaitable<> run(Handler handler)
    {
        return this->run_all({{&from_, typed(from_, std::move(handler))}});
    }

    /// The same, some records at a time: `handler(std::span<const T>, batch_context&)`, at most
    /// `flow_settings::batch` of them, of one partition or of one key as the order says.
    template <class Handler>
    awaitable<> run_batch(Handler handler)
    {
        return this->run_all({{&from_, typed_batch(from_, std::move(handler))}});
    }

private:
    const topic<T>& from_;
};

/// A subscription to several topics, which one member of one group reads, with a handler for each. What is said of it
/// holds for all of them; dead letters and retry topics are each topic's own. The order is that within a partition, or
/// a key, of one topic: nothing orders two topics.
class role_flows : public detail::subscription<role_flows> {
public:
    role_flows(role& where, flow_settings how) : subscription{where, std::move(how)} {}

    /// `handler(T, context&)` is for what comes from this topic, by a retry topic and a redrive too.
    template <class T, class Handler>
    role_flows& on(const topic<T>& from, Handler handler)
    {
        handlers_.push_back({&from, typed(from, std::move(handler))});
        return *this;
    }

    /// `handler(std::span<const T>, batch_context&)` is. Either all topics have handlers of batches, or none.
    template <class T, class Handler>
    role_flows& on_batch(const topic<T>& from, Handler handler)
    {
        handlers_.push_back({&from, typed_batch(from, std::move(handler))});
        return *this;
    }

    /// Handles records as `role_flow::run` does. Throws `failure` (`errc::invalid`) as `by_topic` does.
    awaitable<> run() { return run_all(handlers_); }

private:
    std::vector<topic_handler> handlers_;
};

}  // namespace sluice
