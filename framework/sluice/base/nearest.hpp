#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// The known word that somebody who wrote `word` most likely meant: fewest edits, at most a third of its length.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string> known);

/// "; did you mean `bootstrap.servers`?", or nothing: the end of an error about an unknown name.
std::string did_you_mean(std::string_view word, std::span<const std::string> known);

}  // namespace sluice
