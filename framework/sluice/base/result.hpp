#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>

namespace sluice {

using boost::system::error_code;

/// The outcomes that callers of the framework branch on.
enum class errc {
    cancelled = 1,    ///< asked to stop before it was done
    timed_out,        ///< not done within its time limit, and surely without effect
    not_sent,         ///< surely not in the log: trying again cannot make a duplicate
    outcome_unknown,  ///< may or may not have happened: only an idempotent repeat is safe
    rebalancing,      ///< the group is rebalancing: keep the positions and try again
    assignment_lost,  ///< the partitions belong to another member now: drop their positions
    closed,           ///< the object no longer takes work
    overloaded,       ///< a bound is reached
    invalid,          ///< the request can never succeed as it is
    not_found,        ///< there is no such thing
    already_exists,   ///< there is one already, and it differs
    unavailable,      ///< the other side cannot be reached now; without effect
    corrupt,          ///< bytes that cannot be understood
    fatal,            ///< the object is of no more use: stop and make a new one
};

const boost::system::error_category& sluice_category() noexcept;
error_code make_error_code(errc code) noexcept;

/// An error code with the words that a person needs: what happened, where, and what to do.
struct error {
    error_code code;
    std::string detail;

    error() = default;
    error(error_code code, std::string detail = {}) : code{code}, detail{std::move(detail)} {}
    error(errc code, std::string detail = {}) : code{make_error_code(code)}, detail{std::move(detail)} {}

    /// The detail where there is one, else the code's own text.
    [[nodiscard]] std::string message() const { return detail.empty() ? code.message() : detail; }

    friend bool operator==(const error& left, errc right) { return left.code == make_error_code(right); }
};

/// What `result<T>::value()` throws for an `error`.
class failure : public std::runtime_error {
public:
    explicit failure(error what) : std::runtime_error{what.message()}, why_{std::move(what)} {}
    [[nodiscard]] const error& why() const noexcept { return why_; }

private:
    error why_;
};

[[noreturn]] inline void throw_exception_from_error(const error& what, const boost::source_location&)
{
    throw failure{what};
}

/// A value, or the reason why there is none. For outcomes that the caller branches on; the rest is thrown.
template <class T = void>
using result = boost::system::result<T, error>;

}  // namespace sluice

template <>
struct boost::system::is_error_code_enum<sluice::errc> : std::true_type {};
