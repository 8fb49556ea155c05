#pragma once

#include "sluice/store/sql.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::store {

/// What a handler has replied to each record, kept in the same transaction as the record's effect: a record that comes
/// again has no second effect and gets the same reply, whichever process it comes to. Its functions are called within
/// one unit of work:
///
///     if (auto before = co_await inbox.claim(within, id, now)) co_return *before;
///     … the effect …
///     co_await inbox.keep(within, id, reply);
class inbox {
public:
    /// One of the database's migrations. Several handlers share the table; each knows only its own records.
    static sql_migrations migrations();

    /// `handler`: its name, e.g. the group.
    explicit inbox(std::string handler) : handler_{std::move(handler)} {}

    /// Makes the record this transaction's own, or returns the reply that was kept for it (empty where none was). While
    /// another transaction has claimed it, waits until that has ended, and takes the record if it was rolled back.
    awaitable<std::optional<std::string>> claim(sql_transaction& within, std::string_view id, timestamp now) const;
    /// Keeps the reply to a record that this transaction has claimed.
    awaitable<> keep(sql_transaction& within, std::string_view id, std::string reply) const;

    /// The reply that was kept for a record; claims nothing.
    awaitable<std::optional<std::string>> find(sql_transaction& within, std::string_view id) const;
    /// Forgets what was claimed before `until`, at most `limit` records; returns how many. Keep at least as long as a
    /// record may come again: the topic's retention.
    awaitable<std::int64_t> prune(sql_transaction& within, timestamp until, std::int64_t limit = 1'000) const;

private:
    std::string handler_;
};

}  // namespace sluice::store
