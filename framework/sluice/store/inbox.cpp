#include "sluice/store/inbox.hpp"

namespace sluice::store {

sql_migrations inbox::migrations()
{
    return {"inbox", {R"(
        create table inbox (
            handler    text   not null,
            record_id  text   not null,
            reply      bytea  not null,
            claimed_at bigint not null,  -- Unix ms
            primary key (handler, record_id)
        );
        create index inbox_by_age on inbox (handler, claimed_at);
    )"}};
}

awaitable<std::optional<std::string>> inbox::claim(sql_transaction& within, std::string_view id, timestamp now) const
{
    for (;;) {
        // Another's claim that is not committed yet makes the insert wait; the next statement sees what was committed.
        const auto claimed = co_await within.execute(
            "insert into inbox (handler, record_id, reply, claimed_at) values (?1, ?2, ?3, ?4) on conflict do nothing",
            handler_, id, blob{}, now);
        if (claimed == 1) co_return std::nullopt;
        auto before = co_await find(within, id);
        if (before) co_return before;  // else it was pruned meanwhile
    }
}

awaitable<> inbox::keep(sql_transaction& within, std::string_view id, std::string reply) const
{
    co_await within.execute("update inbox set reply = ?3 where handler = ?1 and record_id = ?2", handler_, id,
                            blob{std::move(reply)});
}

awaitable<std::optional<std::string>> inbox::find(sql_transaction& within, std::string_view id) const
{
    const auto rows =
        co_await within.query("select reply from inbox where handler = ?1 and record_id = ?2", handler_, id);
    if (rows.empty()) co_return std::nullopt;
    co_return rows[0].get<std::string>(0);
}

awaitable<std::int64_t> inbox::prune(sql_transaction& within, timestamp until, std::int64_t limit) const
{
    co_return co_await within.execute(
        "delete from inbox where handler = ?1 and record_id in (select record_id from inbox "
        "where handler = ?1 and claimed_at < ?2 order by claimed_at limit ?3)",
        handler_, until, limit);
}

}  // namespace sluice::store
