#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Appends bytes as RFC 4648, section 4, says: with padding.
void append_base64(std::string& to, std::string_view bytes);

}  // namespace sluice
