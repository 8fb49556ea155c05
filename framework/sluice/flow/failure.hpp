#pragma once

#include "sluice/record/record.hpp"

#include <exception>
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
    enum class kind { retryable, permanent, decode };
    kind what = kind::retryable;
    std::string type;     ///< the exception's class
    std::string message;  ///< its words
};

/// Retryable unless it is a `permanent_failure`, or a `failure` with `errc::invalid` or `errc::corrupt`.
handler_failure classify(const std::exception_ptr& error);

}  // namespace sluice
