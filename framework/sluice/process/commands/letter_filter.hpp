#pragma once

#include "sluice/flow/provenance.hpp"
#include "sluice/process/settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Which letters a `dlq …` command is about: those that fit every flag that is given.
class letter_filter {
public:
    /// Throws `usage_error` for a flag that cannot be read. `now`: what `--since 2h` counts from.
    letter_filter(const settings& given, timestamp now);

    [[nodiscard]] bool takes(const record& letter, const provenance& from) const;

    /// The flags that it reads.
    static std::vector<setting_declaration> options();

private:
    struct offsets {
        std::int32_t partition = 0;
        std::int64_t first = 0, last = 0;  // both in it
    };
    static std::optional<offsets> read_offsets(std::string_view text);

    std::vector<std::string> reasons_, classes_, handlers_, keys_, sources_;
    std::optional<timestamp> since_, until_;
    std::vector<offsets> offsets_;
};

}  // namespace sluice
