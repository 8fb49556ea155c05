#pragma once

#include "sluice/base/result.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace sluice {

/// Why a text is not the JSON of a type, precisely enough for the one who sent it.
struct decode_error {
    enum class kind {
        malformed = 1,  ///< not JSON at all
        shape,          ///< JSON, but not of this type: a wrong type, a missing or a duplicate field, out of range
        limit,          ///< too deep or too large
    };
    kind what = kind::malformed;
    std::string path;      ///< `items[0].price`; empty: the whole
    std::string expected;  ///< "a number with at most two decimals"
    std::string found;     ///< "2.999": at most about 40 characters, printable

    /// "items[0].price: expected a number with at most two decimals, found 2.999"
    [[nodiscard]] std::string message() const;
    /// As `errc::corrupt`.
    operator error() const { return {errc::corrupt, message()}; }

    friend bool operator==(const decode_error&, const decode_error&) = default;
};
/// `decoded<T>::value()` throws `failure` with `errc::corrupt`.
[[noreturn]] void throw_exception_from_error(const decode_error& what, const boost::source_location&);

template <class T>
using decoded = boost::system::result<T, decode_error>;

}  // namespace sluice
