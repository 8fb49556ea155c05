#pragma once

#include "sluice/flow/context.hpp"
#include "sluice/flow/failure.hpp"
#include "sluice/record/codec.hpp"
#include "sluice/record/reply.hpp"
#include "sluice/record/topic.hpp"

#include <functional>
#include <type_traits>

namespace sluice {

/// Handles a record, or throws. The record and the context live until the coroutine ends.
using record_handler = std::function<awaitable<reply>(const record&, context&)>;

/// The record's payload; throws `undecodable`.
template <class T>
T payload_of(const record& what)
{
    if (!what.value()) throw undecodable{"expected JSON, found a null value"};
    auto payload = from_json<T>(*what.value());
    if (!payload) throw undecodable{payload.error().message()};
    return std::move(*payload);
}

/// A handler of payloads as a handler of records: what cannot be decoded fails for good, class `decode`.
/// `handler(T, context&)` returns `awaitable<reply>`, or `awaitable<>` when it emits nothing.
template <class T, class Handler>
record_handler typed(const topic<T>&, Handler handler)
{
    // Not a coroutine itself: the handler's frame is the only one that a record costs.
    return [handler = std::move(handler)](const record& what, context& about) -> awaitable<reply> {
        if constexpr (std::is_same_v<std::invoke_result_t<const Handler&, T, context&>, awaitable<reply>>) {
            return handler(payload_of<T>(what), about);
        } else {
            auto silent = [](awaitable<> handled) -> awaitable<reply> {
                co_await std::move(handled);
                co_return reply{};
            };
            return silent(handler(payload_of<T>(what), about));
        }
    };
}

/// What a flow has done so far, and what is left.
struct flow_totals {
    std::uint64_t handled = 0;        ///< records whose handler finished and whose reply is in the log
    std::uint64_t dead_lettered = 0;  ///< acknowledged
    std::uint64_t detoured = 0;       ///< sent to a retry topic, acknowledged
    std::uint64_t retried = 0;        ///< attempts after the first
    std::uint64_t openings = 0;       ///< of the breaker
    std::uint64_t abandoned = 0;      ///< cut short: their partition went away, or the drain's time was over
    std::uint64_t forgone = 0;        ///< at most once: failed, and not repeated
    std::uint64_t recalled = 0;       ///< an earlier owner had finished them, so they did not run
    std::size_t running = 0;          ///< handlers that run now
    std::size_t queued = 0;           ///< admitted, about to run
    std::size_t parked = 0;           ///< admitted, behind a retry
    std::size_t partitions = 0;       ///< assigned now
    std::size_t refused = 0;          ///< dead letters that can never be written as things are: their partitions stop
    bool open = false;                ///< the breaker is
    std::size_t stuck = 0;            ///< partitions whose oldest unfinished record stays for long
    duration stalled{};               ///< how long the one that has stood longest has
    bool uncommitted = false;         ///< the flow ended without its last commit, so handled records come again
};

}  // namespace sluice
