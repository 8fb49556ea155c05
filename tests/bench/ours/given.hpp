#pragma once

#include "sluice/kafka/settings.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

namespace sluice::bench {

struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The options of a work, `--name value…`. One that nobody asked for is an error in the end.
class given {
public:
    /// Throws `usage_error`.
    given(int count, const char* const* options);

    [[nodiscard]] const std::string& text(const std::string& name) const;
    [[nodiscard]] std::string text(const std::string& name, std::string otherwise) const;
    [[nodiscard]] std::int64_t number(const std::string& name) const;
    [[nodiscard]] std::int64_t number(const std::string& name, std::int64_t otherwise) const;

    /// Of --bootstrap, with the options --kafka.NAME VALUE.
    [[nodiscard]] kafka::settings cluster() const;

    /// Throws `usage_error` if some were not asked for.
    void check() const;

private:
    [[nodiscard]] const std::string* find(const std::string& name) const;

    std::map<std::string, std::string> all_;
    mutable std::set<std::string> asked_;
};

}  // namespace sluice::bench
