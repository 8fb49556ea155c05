#pragma once

#include "sluice/flow/provenance.hpp"

#include <string>

namespace sluice {

/// A dead letter whole, for people: where it is, where it came from and why, its record.
std::string letter_text(const record& letter, const provenance& from);

/// The same as one line of JSON.
std::string letter_json(const record& letter, const provenance& from);

/// "order.placed/3/258"; "-" for what is unknown.
std::string source_text(const provenance& from);

}  // namespace sluice
