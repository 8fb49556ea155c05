#include "orders/mail_store.hpp"

namespace orders {

using namespace sluice;
using store::sql_transaction;

namespace {

constexpr auto schema = R"(
    create table mail (
        name        text   primary key,
        holder      text   not null,
        held_until  bigint not null,
        composed_at bigint not null,
        sent_at     bigint
    );
)";
constexpr auto by_age = "create index mail_by_age on mail (composed_at)";

awaitable<timestamp> wall()
{
    co_return clock::of(co_await asio::this_coro::executor).wall();
}

}  // namespace

std::vector<store::sql_migrations> mail_store::migrations()
{
    return {{"mail", {schema, by_age}}};
}

awaitable<mail_store::answer> mail_store::claim(std::string name, std::string holder, duration lease)
{
    const auto now = co_await wall();
    const timestamp until = now + std::chrono::ceil<std::chrono::milliseconds>(lease);
    const auto take = [&](sql_transaction& within) -> awaitable<answer> {
        const auto taken = co_await within.query(
            "insert into mail (name, holder, held_until, composed_at) values (?1, ?2, ?3, ?4) "
            "on conflict (name) do update set holder = excluded.holder, held_until = excluded.held_until "
            "where mail.sent_at is null and (mail.held_until <= ?4 or mail.holder = ?2) returning composed_at",
            name, holder, until, now);
        if (!taken.empty()) co_return answer{answer::kind::ours, taken[0].get<timestamp>(0)};
        const auto there = co_await within.query("select sent_at, held_until from mail where name = ?1", name);
        const auto sent = there[0].get<std::optional<timestamp>>(0);
        if (sent) co_return answer{answer::kind::sent, *sent};
        co_return answer{answer::kind::others, there[0].get<timestamp>(1)};
    };
    co_return co_await where_->write(take);
}

awaitable<> mail_store::release(std::string name, std::string holder)
{
    const auto let_go = [&](sql_transaction& within) -> awaitable<> {
        co_await within.execute("update mail set held_until = 0 where name = ?1 and holder = ?2", name, holder);
    };
    co_await where_->write(let_go);
}

awaitable<timestamp> mail_store::mark_sent(std::string name)
{
    const auto now = co_await wall();
    // Whoever holds it now: it is sent.
    const auto mark = [&](sql_transaction& within) -> awaitable<timestamp> {
        const auto marked = co_await within.query(
            "update mail set sent_at = coalesce(sent_at, ?2) where name = ?1 returning sent_at", name, now);
        co_return marked.empty() ? now : marked[0].get<timestamp>(0);  // it may be forgotten by now
    };
    co_return co_await where_->write(mark);
}

awaitable<> mail_store::forget(timestamp until)
{
    // One that was composed long ago may be on its way now, or sent only just now.
    const auto prune = [&](sql_transaction& within) {
        return within.execute(
            "delete from mail where name in (select name from mail where composed_at < ?1 and held_until < ?1 "
            "and coalesce(sent_at, 0) < ?1 order by composed_at limit 1000)",
            until);
    };
    for (std::int64_t forgotten = 1; forgotten > 0;) forgotten = co_await where_->write(prune);
}

}  // namespace orders
