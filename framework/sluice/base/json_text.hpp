#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Appends `text` as a JSON string with its quotation marks. The output is valid JSON whatever `text` holds: each
/// byte that is not part of valid UTF-8 becomes U+FFFD.
void append_json_string(std::string& to, std::string_view text);

/// How many bytes the valid UTF-8 sequence at the start of `text` has (1 to 4); 0 if there is none.
std::size_t utf8_sequence(std::string_view text) noexcept;

/// Bytes of unknown origin for the eyes of a person: at most about `most` bytes, cut with `…`; control characters
/// and what is not valid UTF-8 as `\xNN`, so that no terminal and no log line is upset.
std::string printable(std::string_view text, std::size_t most = 40);

}  // namespace sluice
