#include "sluice/store/sql.hpp"

#include "sluice/base/json_text.hpp"
#include "sluice/base/result.hpp"

namespace sluice::store {
namespace {

// What PostgreSQL takes as text; SQLite would take anything.
bool is_text(std::string_view text)
{
    while (!text.empty()) {
        const auto length = utf8_sequence(text);
        if (length == 0 || text.front() == '\0') return false;
        text.remove_prefix(length);
    }
    return true;
}

[[noreturn]] void wrong_type(std::size_t column, std::string_view expected, const sql_value& found)
{
    constexpr std::string_view names[] = {"null", "a number", "text", "bytes"};
    throw failure{{errc::corrupt, "SQL: column " + std::to_string(column) + " holds " +
                                      std::string{names[found.index()]} + " where " + std::string{expected} +
                                      " was expected"}};
}

}  // namespace

std::int64_t sql_row::number(std::size_t column) const
{
    const auto* found = std::get_if<std::int64_t>(&cells_[column]);
    if (!found) wrong_type(column, "a number", cells_[column]);
    return *found;
}

std::string sql_row::text(std::size_t column) const
{
    if (const auto* found = std::get_if<std::string>(&cells_[column])) return *found;
    const auto* found = std::get_if<blob>(&cells_[column]);
    if (!found) wrong_type(column, "text", cells_[column]);
    return found->bytes;
}

awaitable<sql_rows> sql_transaction::run(std::string_view sql, std::vector<sql_value> arguments)
{
    if (lost_) throw failure{{errc::invalid, "SQL: the transaction is lost, a statement in it has failed before"}};
    try {
        for (const auto& argument : arguments)
            if (const auto* text = std::get_if<std::string>(&argument); text && !is_text(*text))
                throw failure{{errc::invalid, "SQL: a text is not UTF-8 without NUL: bind it as a blob (in \"" +
                                                  std::string{sql} + "\")"}};
        co_return co_await perform(sql, std::move(arguments));
    } catch (...) {
        lost_ = std::current_exception();
        throw;
    }
}

awaitable<std::int64_t> sql_transaction::changed_by(awaitable<sql_rows> running)
{
    const auto rows = co_await std::move(running);
    co_return rows.changed();
}

awaitable<> migrate(sql_transaction& within, const std::vector<sql_migrations>& stores)
{
    co_await within.script(
        "create table if not exists sluice_version (store text primary key, version bigint not null)");
    for (const auto& [store, scripts] : stores) {
        const auto rows = co_await within.query("select version from sluice_version where store = ?1", store);
        const auto before = rows.empty() ? 0 : static_cast<std::size_t>(rows[0].get<std::int64_t>(0));
        if (before > scripts.size())
            throw failure{{errc::invalid, "the store \"" + store + "\" is of version " + std::to_string(before) +
                                              ", this program knows only " + std::to_string(scripts.size()) +
                                              ": run a newer program, or another database"}};
        if (before == scripts.size()) continue;
        for (auto version = before; version < scripts.size(); ++version) co_await within.script(scripts[version]);
        co_await within.execute(
            "insert into sluice_version (store, version) values (?1, ?2) "
            "on conflict (store) do update set version = excluded.version",
            store, scripts.size());
    }
}

}  // namespace sluice::store
