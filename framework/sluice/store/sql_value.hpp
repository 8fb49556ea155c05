#pragma once

#include "sluice/base/clock.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::store {

/// Bytes, for a column of type `bytea`. A plain string is text: UTF-8 without NUL.
struct blob {
    blob() = default;
    explicit blob(std::string bytes) : bytes{std::move(bytes)} {}  // g++ 12 destroys aggregates in a co_await twice
    std::string bytes;
    friend bool operator==(const blob&, const blob&) = default;
};

/// What a statement takes, and a column holds. A boolean is 0 or 1, a timestamp its Unix milliseconds.
using sql_value = std::variant<std::nullptr_t, std::int64_t, std::string, blob>;

inline sql_value to_sql(std::nullptr_t)
{
    return nullptr;
}
template <std::integral Integer>
sql_value to_sql(Integer number)
{
    return static_cast<std::int64_t>(number);
}
inline sql_value to_sql(timestamp time)
{
    return std::int64_t{time.time_since_epoch().count()};
}
inline sql_value to_sql(std::string_view text)
{
    return std::string{text};
}
inline sql_value to_sql(const char* text)
{
    return std::string{text};
}
inline sql_value to_sql(std::string text)
{
    return text;
}
inline sql_value to_sql(blob bytes)
{
    return bytes;
}
template <class T>
sql_value to_sql(const std::optional<T>& value)
{
    return value ? to_sql(*value) : sql_value{nullptr};
}

/// One row of `sql_rows`, which it must not outlive.
class sql_row {
public:
    explicit sql_row(std::span<const sql_value> cells) : cells_{cells} {}

    /// A column, counted from 0, as std::int64_t, bool, timestamp, std::string (text or bytes), or std::optional of
    /// one, where it may be null. Throws `failure` with `errc::corrupt` for a value of another type.
    template <class T>
    [[nodiscard]] T get(std::size_t column) const;

private:
    template <class T>
    struct optional_of : std::false_type {};
    template <class T>
    struct optional_of<std::optional<T>> : std::true_type {};

    [[nodiscard]] std::int64_t number(std::size_t column) const;
    [[nodiscard]] std::string text(std::size_t column) const;

    std::span<const sql_value> cells_;
};

template <class T>
T sql_row::get(std::size_t column) const
{
    if constexpr (optional_of<T>::value) {
        if (std::holds_alternative<std::nullptr_t>(cells_[column])) return std::nullopt;
        return get<typename T::value_type>(column);
    } else if constexpr (std::is_same_v<T, timestamp>) {
        return timestamp{std::chrono::milliseconds{number(column)}};
    } else if constexpr (std::is_same_v<T, bool>) {
        return number(column) != 0;
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
        return number(column);
    } else {
        static_assert(std::is_same_v<T, std::string>, "std::int64_t, bool, timestamp, std::string or optional of one");
        return text(column);
    }
}

/// What a statement brought: all its rows, in memory, so let the statement limit them.
class sql_rows {
public:
    sql_rows(std::size_t columns, std::vector<sql_value> cells, std::int64_t changed)
        : columns_{columns},
          cells_{std::move(cells)},
          changed_{changed}
    {
    }

    [[nodiscard]] std::size_t size() const noexcept { return columns_ ? cells_.size() / columns_ : 0; }
    [[nodiscard]] bool empty() const noexcept { return cells_.empty(); }
    [[nodiscard]] sql_row operator[](std::size_t row) const
    {
        return sql_row{std::span{cells_}.subspan(row * columns_, columns_)};
    }
    /// How many rows an `insert`, `update` or `delete` has changed.
    [[nodiscard]] std::int64_t changed() const noexcept { return changed_; }

    class iterator {
    public:
        iterator(const sql_rows& of, std::size_t row) : of_{&of}, row_{row} {}
        sql_row operator*() const { return (*of_)[row_]; }
        iterator& operator++()
        {
            ++row_;
            return *this;
        }
        friend bool operator==(const iterator&, const iterator&) = default;

    private:
        const sql_rows* of_;
        std::size_t row_;
    };
    [[nodiscard]] iterator begin() const { return {*this, 0}; }
    [[nodiscard]] iterator end() const { return {*this, size()}; }

private:
    std::size_t columns_;
    std::vector<sql_value> cells_;
    std::int64_t changed_;
};

}  // namespace sluice::store
