#pragma once

#include "sluice/base/async.hpp"

#include <map>
#include <string>

namespace sluice::store {

/// Where a PostgreSQL server is, as libpq understands it: `postgresql://user:password@host:port/database?option=value`,
/// or `host=… dbname=…`. What the text leaves out comes from libpq's environment variables and defaults.
class postgres_address {
public:
    /// Throws `failure` with `errc::invalid` for what libpq does not understand, without a word of the text.
    explicit postgres_address(const std::string& text);

    /// Adds an option unless the text has it.
    void add(const std::string& name, std::string value) { options_.try_emplace(name, std::move(value)); }

    /// Waits until the hosts' names are resolved, off the loop, where libpq would block it. Throws `failure` with
    /// `errc::unavailable` for a name that is not found.
    awaitable<std::map<std::string, std::string>> resolved() const;

    /// `host:port/database`, for people: nothing secret.
    [[nodiscard]] std::string text() const;

private:
    [[nodiscard]] std::string option(const std::string& name) const;

    std::map<std::string, std::string> options_;
};

}  // namespace sluice::store
