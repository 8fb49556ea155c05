#pragma once

#include "sluice/process/settings.hpp"

#include <chrono>
#include <string_view>

namespace orders {

/// A `setting_declaration::check`: the text is a duration of more than 0.
void is_some_time(const sluice::settings& given, std::string_view key);

/// A duration that was given, as what is kept is measured.
std::chrono::milliseconds age(const sluice::settings& given, std::string_view key);

}  // namespace orders
