#pragma once

#include "sluice/record/record.hpp"

#include <string>

namespace sluice {

/// The members of a JSON object, without its braces: partition, offset, time, key, headers, value. What is not valid
/// UTF-8 is there twice: for people with U+FFFD, and whole as `key_base64`, `value_base64`.
void append_record_json(std::string& to, const record& what);

/// `"name":"text"`, and `"name_base64":…` where the text is not valid UTF-8; null where there is none.
void append_json_member(std::string& to, std::string_view name, std::optional<std::string_view> bytes);

/// Bytes of a record may be anything: what would upset a terminal is shown as \xNN.
std::string shown(std::optional<std::string_view> bytes);

/// One line for people: partition/offset, time, key, value, headers.
std::string record_line(const record& what);

}  // namespace sluice
