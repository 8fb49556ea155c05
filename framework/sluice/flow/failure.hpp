#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice {

/// Thrown by a handler for a record that no repeat can help: it is dead-lettered at once.
class permanent_failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Thrown for a record whose bytes are not the payload's JSON.
class undecodable : public permanent_failure {
public:
    using permanent_failure::permanent_failure;
};

/// Why a record's handler did not finish it.
struct handler_failure {
    enum class kind {
        retryable,
        unavailable,  ///< what the handler needs does not answer: retryable, and the breaker counts it
        permanent,
        decode,
        expired,  ///< its deadline has passed
    };
    kind what = kind::retryable;
    std::string type;     ///< the exception's class
    std::string message;  ///< its words
};

/// What a kind of failure is called in `sluice-error-class`: `decode`, `permanent`, `expired`; `exhausted` for what was
/// retryable.
std::string_view error_class_of(handler_failure::kind what) noexcept;

/// A flow's own word on its handler's errors; none: the framework's.
using failure_policy = std::function<std::optional<handler_failure::kind>(const std::exception_ptr&)>;

/// Retryable, but for
/// - permanent: `permanent_failure` (`undecodable`: decode), a `failure` with `errc::invalid` or `errc::corrupt`,
///   `std::invalid_argument`, `std::domain_error`, `std::length_error`, and system errors that speak of the argument
///   (`invalid_argument`, `argument_out_of_domain`, `value_too_large`, `illegal_byte_sequence`, `not_supported` …);
/// - unavailable: a `failure` with `errc::unavailable`, `timed_out`, `not_sent`, `outcome_unknown` or `overloaded`,
///   and system errors of the network (refused, reset, timed out, unreachable, closed by the other side, a name that
///   is not found), Boost's and the standard library's alike.
/// `policy` is asked first.
handler_failure classify(const std::exception_ptr& error, const failure_policy& policy = {});

}  // namespace sluice
