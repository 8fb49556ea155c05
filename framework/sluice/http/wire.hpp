#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/http/message.hpp"

#include <string>

namespace sluice::http {

/// The time as a header writes it: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(timestamp when);

/// Whether an answer of this status may have a body.
bool has_body(unsigned status) noexcept;

struct head_options {
    std::string_view date;
    bool keep_alive = true;
    int version = 11;  ///< of the request; 10 is told when the connection stays
};
/// Appends the status line and the header of an answer, with what frames its body.
void append_head(std::string& out, const response& what, const head_options& how);

/// Appends the request line and the header of a request to `host`.
void append_head(std::string& out, const request& what, std::string_view host);

}  // namespace sluice::http
