#pragma once

#include "sluice/base/async.hpp"
#include "sluice/http/message.hpp"
#include "sluice/http/problem.hpp"
#include "sluice/record/codec.hpp"

#include <boost/system/result.hpp>

#include <optional>
#include <string_view>

/// What the services of the order system answer alike over HTTP.
namespace orders {

/// What keeps text from being an id of ours, as the end of a sentence ("must not be empty"); empty: nothing. An id has
/// at most 128 bytes of UTF-8, none of them a control character.
std::string_view flaw_of_id(std::string_view id);

/// What is wrong with a body's type: it must be JSON, as it is. None: nothing.
std::optional<sluice::http::problem> flaw_of_type(const sluice::http::header_fields& headers);
/// Why a body is not the JSON that it should be, naming the field: 400.
sluice::http::problem undecodable(const sluice::decode_error& why);

/// The body as a `T`; or what is wrong with it or its type: 400, 415.
template <class T>
boost::system::result<T, sluice::http::problem> read_body(const sluice::http::request& from)
{
    if (auto flaw = flaw_of_type(from.headers)) return std::move(*flaw);
    auto decoded = sluice::from_json<T>(from.body);
    if (!decoded) return undecodable(decoded.error());
    return std::move(*decoded);
}

/// A problem of 400 or 422 that names its field.
sluice::http::problem invalid(unsigned status, std::string_view type, std::string_view field, std::string detail);

/// Whether a store that fails so may do later what it is asked.
bool may_pass(const sluice::error& why);

/// Awaits an answer that needs a store. Where the store fails it is 503 with `Retry-After` (nothing has happened), or
/// 504 `outcome-unknown`.
sluice::awaitable<sluice::http::response> with_store(sluice::awaitable<sluice::http::response> answer);

}  // namespace orders
