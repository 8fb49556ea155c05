#pragma once

#include "sluice/http/message.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace sluice::http {

/// Why a request failed, as RFC 9457 writes it. Programs branch on `type`, which stays the same for ever; people
/// read `detail`, which must not tell of the inside.
struct problem {
    unsigned status = 500;
    std::string type = "about:blank";  ///< a URN, or a relative URI such as "/problems/invalid-field"
    std::string title = {};            ///< the same for all of a type; by default the status' own words
    std::string detail = {};           ///< what is wrong with this request
    boost::json::object members = {};  ///< more of it, e.g. {"field", "items[0].price"}
};

/// The problem as `application/problem+json`. Text that is not UTF-8 is shown with replacement characters.
response answer(const problem& what);
/// The same with header fields, e.g. `Retry-After`.
response answer(const problem& what, header_fields headers);

}  // namespace sluice::http
