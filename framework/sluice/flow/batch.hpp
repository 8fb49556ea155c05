#pragma once

#include "sluice/flow/batch_context.hpp"
#include "sluice/flow/handler.hpp"
#include "sluice/flow/settings.hpp"

#include <exception>
#include <functional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace sluice {

/// Handles some records of one partition (order `by_partition`) or of one key (`by_key`), in the order of the log, as
/// one. They and the context live until the coroutine ends.
///
/// When it returns, all of them are handled. When it throws a `failed_record`, that record's attempt has failed, those
/// before it are handled, those after it have not been begun. When it throws anything else, nobody knows whose fault it
/// is, so it is nobody's yet: the first half of them is tried again, and half of that, until a record fails alone, or
/// they pass.
///
/// What a record causes is given to `batch_context::emit`; what is returned is caused by the last of them.
using batch_handler = std::function<awaitable<reply>(std::span<const record>, batch_context&)>;

using any_handler = std::variant<record_handler, batch_handler>;

/// Throws `failure` (`errc::invalid`) where batches are to be made of what has no order.
void check(const any_handler& handler, const flow_settings& settings);

/// Thrown by a batch handler: the record at `index` failed, because of what is being handled by a `catch`, or because
/// of `why`.
class failed_record : public std::exception {
public:
    explicit failed_record(std::size_t index, std::exception_ptr why = std::current_exception());

    [[nodiscard]] std::size_t index() const noexcept { return index_; }
    [[nodiscard]] const std::exception_ptr& why() const noexcept { return why_; }
    [[nodiscard]] const char* what() const noexcept override { return words_.c_str(); }

private:
    std::size_t index_;
    std::exception_ptr why_;
    std::string words_;
};

/// A handler of payloads as a handler of records; `handler(std::span<const T>, batch_context&)` returns
/// `awaitable<reply>`, or `awaitable<>` when it emits nothing. A record that cannot be decoded fails alone, class
/// `decode`; the handler is called with those before it.
template <class T, class Handler>
batch_handler typed_batch(const topic<T>&, Handler handler);

namespace detail {

template <class T, class Handler>
awaitable<reply> handle_decoded(const Handler& handler, std::span<const record> what, batch_context& about)
{
    std::vector<T> payloads;
    payloads.reserve(what.size());
    std::exception_ptr undecoded;
    for (const auto& one : what) {
        try {
            payloads.push_back(payload_of<T>(one));
        } catch (...) {
            undecoded = std::current_exception();
            break;
        }
    }
    const auto failed = payloads.size();
    reply answer;
    if (failed > 0) {
        const std::span<const T> some{payloads};
        if constexpr (std::is_same_v<std::invoke_result_t<const Handler&, std::span<const T>, batch_context&>,
                                     awaitable<reply>>)
            answer = co_await handler(some, about);
        else
            co_await handler(some, about);
    }
    if (!undecoded) co_return answer;
    if (failed > 0) about.emit(failed - 1, std::move(answer));
    throw failed_record{failed, undecoded};
}

}  // namespace detail

template <class T, class Handler>
batch_handler typed_batch(const topic<T>&, Handler handler)
{
    return [handler = std::move(handler)](std::span<const record> what, batch_context& about) {
        return detail::handle_decoded<T>(handler, what, about);
    };
}

}  // namespace sluice
