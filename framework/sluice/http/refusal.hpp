#pragma once

#include "sluice/http/parser.hpp"

#include <optional>
#include <string_view>

namespace sluice::http {

/// The answer to a request that cannot be parsed. `unparsed` is what is left in the buffer, `seen` what was understood.
response refusal(const beast::error_code& why, std::string_view unparsed, const request& seen);

/// The answer to a header that is larger than the limit: 431, or 414 if not even its first line fits.
response oversize_header(const request& seen);

/// The answer to one that did not come in time: 408.
response too_slow(std::string_view part);

response internal_error();

/// Refuses what two servers could read differently (request smuggling), and what we do not do.
std::optional<response> refuse_framing(const request& what, int version);

}  // namespace sluice::http
