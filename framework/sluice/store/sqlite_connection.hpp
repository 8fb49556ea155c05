#pragma once

#include "sluice/base/result.hpp"
#include "sluice/store/sql_value.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace sluice::store {

/// Bound as a BLOB; a plain string is bound as TEXT.
struct blob_view {
    std::string_view bytes;
};
using sqlite_value = std::variant<std::nullptr_t, std::int64_t, std::string_view, blob_view>;

class sqlite_connection;

/// The rows of one query, read one after the other. Must not outlive its transaction.
class sqlite_rows {
public:
    sqlite_rows(sqlite_connection& of, std::string_view sql, std::initializer_list<sqlite_value> arguments);
    sqlite_rows(sqlite_connection& of, std::string_view sql, std::span<const sqlite_value> arguments);
    sqlite_rows(const sqlite_rows&) = delete;
    sqlite_rows& operator=(const sqlite_rows&) = delete;
    ~sqlite_rows();

    /// Goes on to the next row, at first to the first; false after the last.
    bool next();

    /// A column of the current row, counted from 0: std::int64_t, std::string (TEXT or BLOB), or std::optional of
    /// one, where it may be null. A value of another type is `errc::corrupt`.
    template <class T>
    [[nodiscard]] T get(int column) const;

    [[nodiscard]] int columns() const;
    /// A column of the current row, whatever it holds. A number with a fraction is `errc::corrupt`.
    [[nodiscard]] sql_value value(int column) const;

private:
    void bind(int place, const sqlite_value& value);
    [[nodiscard]] bool is_null(int column) const;
    void expect(int column, std::initializer_list<int> types) const;

    sqlite_connection& of_;
    sqlite3_stmt* statement_;
};

template <>
std::int64_t sqlite_rows::get(int column) const;
template <>
std::string sqlite_rows::get(int column) const;
template <>
inline std::optional<std::int64_t> sqlite_rows::get(int column) const
{
    return is_null(column) ? std::nullopt : std::optional{get<std::int64_t>(column)};
}
template <>
inline std::optional<std::string> sqlite_rows::get(int column) const
{
    return is_null(column) ? std::nullopt : std::optional{get<std::string>(column)};
}

/// A connection to a SQLite file in WAL mode. Every call blocks; for one thread at a time. Statements are prepared
/// once and kept, so bind values and do not write them into the text. Errors are thrown as `failure`, in SQLite's
/// words, with the file and what to do: `errc::unavailable` (locked, full, I/O), `errc::corrupt`, else
/// `errc::invalid`.
class sqlite_connection {
public:
    enum class access { read, write };

    /// Opens the file; to write it, also makes it and its folder. Waits at most `busy` for a lock of another process.
    sqlite_connection(std::filesystem::path file, access how, std::chrono::milliseconds busy);
    sqlite_connection(const sqlite_connection&) = delete;
    sqlite_connection& operator=(const sqlite_connection&) = delete;
    ~sqlite_connection();

    [[nodiscard]] sqlite_rows query(std::string_view sql, std::initializer_list<sqlite_value> arguments = {})
    {
        return {*this, sql, arguments};
    }
    [[nodiscard]] sqlite_rows query(std::string_view sql, std::span<const sqlite_value> arguments)
    {
        return {*this, sql, arguments};
    }
    /// How many rows the last `insert`, `update` or `delete` has changed.
    [[nodiscard]] std::int64_t changed() const noexcept;
    /// Runs a statement to its end; returns the number of rows that it changed.
    std::int64_t execute(std::string_view sql, std::initializer_list<sqlite_value> arguments = {});
    /// Runs any number of statements, not kept.
    void script(const std::string& sql);

    /// Ends the transaction; returns when it is on the disk. `errc::outcome_unknown` when the disk failed meanwhile.
    void commit();
    [[nodiscard]] bool in_transaction() const noexcept;

    [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }

private:
    friend class sqlite_rows;
    struct closer {
        void operator()(sqlite3* handle) const noexcept;
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    using kept_statement = std::unique_ptr<sqlite3_stmt, closer>;

    bool use_log();
    sqlite3_stmt* take(std::string_view sql);
    void give_back(sqlite3_stmt* statement);
    [[nodiscard]] failure explain(int code, std::string_view sql = {}) const;

    std::filesystem::path file_;
    access how_;
    std::unique_ptr<sqlite3, closer> handle_;
    std::map<std::string, std::vector<kept_statement>, std::less<>> kept_;  // those that nobody runs now
};

}  // namespace sluice::store
