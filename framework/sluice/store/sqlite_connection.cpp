#include "sluice/store/sqlite_connection.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace sluice::store {
namespace {

errc class_of(int code)
{
    if (code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_UNIQUE) return errc::already_exists;
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_NOMEM: return errc::unavailable;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return errc::corrupt;
        default: return errc::invalid;
    }
}

std::string_view advice_for(int code)
{
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return "another process holds the file's lock: stop it, or give each a file of its own";
        case SQLITE_FULL: return "make room on the disk";
        case SQLITE_IOERR: return "check the disk";
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM: return "check that the folder exists and that this user may write to it and to the file";
        case SQLITE_CORRUPT: return "restore the file from a backup, or try sqlite3's .recover";
        case SQLITE_NOTADB: return "this is no SQLite file: choose another path";
        default: return {};
    }
}

}  // namespace

sqlite_rows::sqlite_rows(sqlite_connection& of, std::string_view sql, std::initializer_list<sqlite_value> arguments)
    : sqlite_rows{of, sql, std::span{arguments.begin(), arguments.size()}}
{
}

sqlite_rows::sqlite_rows(sqlite_connection& of, std::string_view sql, std::span<const sqlite_value> arguments)
    : of_{of},
      statement_{of.take(sql)}
{
    try {
        int place = 0;
        for (const auto& argument : arguments) bind(++place, argument);
        if (place != sqlite3_bind_parameter_count(statement_)) throw of_.explain(SQLITE_RANGE, sql);
    } catch (...) {
        of_.give_back(statement_);
        throw;
    }
}

sqlite_rows::~sqlite_rows()
{
    of_.give_back(statement_);
}

void sqlite_rows::bind(int place, const sqlite_value& value)
{
    struct binder {
        sqlite3_stmt* to;
        int place;
        int operator()(std::nullptr_t) const { return sqlite3_bind_null(to, place); }
        int operator()(std::int64_t number) const { return sqlite3_bind_int64(to, place, number); }
        int operator()(std::string_view text) const
        {
            // An empty view may have no address, which would bind null.
            return sqlite3_bind_text64(to, place, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                                       SQLITE_UTF8);
        }
        int operator()(blob_view blob) const
        {
            return sqlite3_bind_blob64(to, place, blob.bytes.empty() ? "" : blob.bytes.data(), blob.bytes.size(),
                                       SQLITE_TRANSIENT);
        }
    };
    const int code = std::visit(binder{statement_, place}, value);
    if (code != SQLITE_OK) throw of_.explain(code, sqlite3_sql(statement_));
}

bool sqlite_rows::next()
{
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    throw of_.explain(code, sqlite3_sql(statement_));
}

bool sqlite_rows::is_null(int column) const
{
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

int sqlite_rows::columns() const
{
    return sqlite3_column_count(statement_);
}

sql_value sqlite_rows::value(int column) const
{
    switch (sqlite3_column_type(statement_, column)) {
        case SQLITE_NULL: return nullptr;
        case SQLITE_TEXT: return get<std::string>(column);
        case SQLITE_BLOB: return blob{get<std::string>(column)};
        default: return get<std::int64_t>(column);
    }
}

void sqlite_rows::expect(int column, std::initializer_list<int> types) const
{
    if (std::ranges::find(types, sqlite3_column_type(statement_, column)) != types.end()) return;
    throw failure{{errc::corrupt, "SQLite: column " + std::to_string(column) + " of \"" + sqlite3_sql(statement_) +
                                      "\" holds another type than expected (" + of_.file().string() + ")"}};
}

template <>
std::int64_t sqlite_rows::get(int column) const
{
    expect(column, {SQLITE_INTEGER});
    return sqlite3_column_int64(statement_, column);
}

template <>
std::string sqlite_rows::get(int column) const
{
    expect(column, {SQLITE_TEXT, SQLITE_BLOB});
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {bytes, bytes ? static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)) : 0};
}

void sqlite_connection::closer::operator()(sqlite3* handle) const noexcept
{
    sqlite3_close(handle);
}

void sqlite_connection::closer::operator()(sqlite3_stmt* statement) const noexcept
{
    sqlite3_finalize(statement);
}

sqlite_connection::sqlite_connection(std::filesystem::path file, access how, std::chrono::milliseconds busy)
    : file_{std::move(file)},
      how_{how}
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (how == access::write) {
        std::error_code ignored;  // opening the file says it better
        if (file_.has_parent_path()) std::filesystem::create_directories(file_.parent_path(), ignored);
        flags |= SQLITE_OPEN_CREATE;
    }
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(file_.c_str(), &opened, flags, nullptr);
    handle_.reset(opened);
    if (code != SQLITE_OK) throw explain(code);
    sqlite3_extended_result_codes(opened, 1);
    sqlite3_busy_timeout(opened, static_cast<int>(busy.count()));
    script("pragma foreign_keys = on; pragma trusted_schema = off");
    if (how == access::read) {
        script("pragma query_only = on");
        return;
    }
    script("pragma synchronous = full");
    // Where several processes open a new file at once, SQLite does not wait for the one that is quicker.
    for (const auto until = std::chrono::steady_clock::now() + busy; !use_log(); sqlite3_sleep(5))
        if (std::chrono::steady_clock::now() > until) throw explain(SQLITE_BUSY);
}

bool sqlite_connection::use_log()
try {
    auto mode = query("pragma journal_mode = wal");
    if (!mode.next() || mode.get<std::string>(0) != "wal")
        throw failure{{errc::unavailable, "SQLite: no write-ahead log is possible here (" + file_.string() +
                                              "): choose a folder on a local disk"}};
    return true;
} catch (const failure&) {
    if ((sqlite3_extended_errcode(handle_.get()) & 0xff) != SQLITE_BUSY) throw;
    return false;
}

sqlite_connection::~sqlite_connection() = default;

sqlite3_stmt* sqlite_connection::take(std::string_view sql)
{
    const auto found = kept_.find(sql);
    if (found != kept_.end() && !found->second.empty()) {
        auto* free = found->second.back().release();
        found->second.pop_back();
        return free;
    }
    sqlite3_stmt* prepared = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, &rest);
    kept_statement owned{prepared};
    if (code != SQLITE_OK) throw explain(code, sql);
    if (!owned || std::string_view{rest, sql.data() + sql.size()}.find_first_not_of(" \t\r\n;") != sql.npos)
        throw failure{{errc::invalid, "SQLite: exactly one statement is expected, found \"" + std::string{sql} + "\""}};
    return owned.release();
}

void sqlite_connection::give_back(sqlite3_stmt* statement)
{
    kept_statement owned{statement};
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    const std::string_view sql = sqlite3_sql(statement);
    auto found = kept_.find(sql);
    if (found == kept_.end()) found = kept_.emplace(sql, std::vector<kept_statement>{}).first;
    found->second.push_back(std::move(owned));
}

std::int64_t sqlite_connection::execute(std::string_view sql, std::initializer_list<sqlite_value> arguments)
{
    auto rows = query(sql, arguments);
    while (rows.next());
    return changed();
}

std::int64_t sqlite_connection::changed() const noexcept
{
    return sqlite3_changes64(handle_.get());
}

void sqlite_connection::script(const std::string& sql)
{
    const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw explain(code);
}

void sqlite_connection::commit()
{
    try {
        execute("commit");
    } catch (const failure& failed) {
        // The log may have reached the disk although its fsync failed.
        if ((sqlite3_extended_errcode(handle_.get()) & 0xff) != SQLITE_IOERR) throw;
        throw failure{{errc::outcome_unknown, failed.what()}};
    }
}

bool sqlite_connection::in_transaction() const noexcept
{
    return sqlite3_get_autocommit(handle_.get()) == 0;
}

failure sqlite_connection::explain(int code, std::string_view sql) const
{
    // SQLite keeps words only for the last call that failed.
    const bool told = handle_ && (sqlite3_extended_errcode(handle_.get()) & 0xff) == (code & 0xff);
    std::string text = "SQLite: ";
    text += told ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
    text += " (" + file_.string();
    if (!sql.empty()) text.append(", in \"").append(sql).append("\"");
    text += ")";
    if (how_ == access::read && (code & 0xff) == SQLITE_READONLY) return failure{{errc::invalid, std::move(text)}};
    if (const auto advice = advice_for(code); !advice.empty()) text.append(": ").append(advice);
    return failure{{class_of(code), std::move(text)}};
}

}  // namespace sluice::store
