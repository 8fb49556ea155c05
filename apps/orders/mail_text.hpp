#pragma once

#include "sluice/base/clock.hpp"

#include <string>
#include <string_view>

/// How text is written into mail and HTML, so that nothing in it can become structure.
namespace orders {

/// The text as one line: well-formed UTF-8, with U+FFFD for what is not, for control characters and for line ends.
std::string one_line(std::string_view text);

/// The value of an unstructured header (a subject): as it is where that is short, printable ASCII, else in encoded
/// words (RFC 2047), each on a line of its own. Takes text of `one_line`.
std::string header_text(std::string_view line);

/// Quoted-printable (RFC 2045, 6.7). Lines of `text` end with LF, those of the result with CRLF. The result never
/// holds `=_`, so a boundary that does cannot occur in it.
std::string quoted_printable(std::string_view text);

/// Text as it may stand in an HTML element or a quoted attribute.
std::string html_escaped(std::string_view text);

/// `Tue, 24 Nov 2026 17:18:06 +0000` (RFC 5322, 3.3).
std::string mail_date(sluice::timestamp when);

}  // namespace orders
