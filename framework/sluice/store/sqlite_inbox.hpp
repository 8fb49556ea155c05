#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/store/sqlite.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::store {

/// What a handler has replied to each record, kept in the same transaction as the record's effect: a record that comes
/// again has no second effect and gets the same reply. Its functions are called within `sqlite::write`.
class sqlite_inbox {
public:
    /// The script that makes the table: one of the file's migrations.
    static const char* const migration;

    /// Several handlers share a file; each knows only its own records. `handler`: its name, e.g. the group.
    explicit sqlite_inbox(std::string handler) : handler_{std::move(handler)} {}

    /// The reply to a record that was handled before.
    [[nodiscard]] std::optional<std::string> find(sqlite_transaction& within, std::string_view id) const;
    /// A record that is there already is `errc::invalid`.
    void put(sqlite_transaction& within, std::string_view id, std::string_view reply, timestamp now) const;
    /// Forgets what was handled before `until`, at most `limit` records; returns how many. Keep at least as long as a
    /// record may come again: the topic's retention.
    std::int64_t prune(sqlite_transaction& within, timestamp until, std::int64_t limit = 1'000) const;

private:
    std::string handler_;
};

}  // namespace sluice::store
