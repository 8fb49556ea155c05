#pragma once

#include <string>
#include <string_view>

namespace sluice::http {

/// Whether text is well-formed UTF-8 without NUL, which no path or name holds for a good reason.
bool is_text(std::string_view text) noexcept;

/// The text with U+FFFD in place of every byte that is not UTF-8.
std::string to_utf8(std::string text);

}  // namespace sluice::http
