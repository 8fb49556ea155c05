#include "sluice/store/sqlite_inbox.hpp"

namespace sluice::store {

const char* const sqlite_inbox::migration = R"(
    create table inbox (
        handler    text    not null,
        record_id  text    not null,
        reply      blob    not null,
        handled_at integer not null,  -- Unix ms
        primary key (handler, record_id)
    ) strict, without rowid;
    create index inbox_by_age on inbox (handler, handled_at);
)";

std::optional<std::string> sqlite_inbox::find(sqlite_transaction& within, std::string_view id) const
{
    auto row = within.query("select reply from inbox where handler = ? and record_id = ?", {handler_, id});
    return row.next() ? std::optional{row.get<std::string>(0)} : std::nullopt;
}

void sqlite_inbox::put(sqlite_transaction& within, std::string_view id, std::string_view reply, timestamp now) const
{
    within.execute("insert into inbox (handler, record_id, reply, handled_at) values (?, ?, ?, ?)",
                   {handler_, id, blob_view{reply}, now.time_since_epoch().count()});
}

std::int64_t sqlite_inbox::prune(sqlite_transaction& within, timestamp until, std::int64_t limit) const
{
    return within.execute(
        "delete from inbox where handler = ?1 and record_id in (select record_id from inbox "
        "where handler = ?1 and handled_at < ?2 order by handled_at limit ?3)",
        {handler_, until.time_since_epoch().count(), limit});
}

}  // namespace sluice::store
