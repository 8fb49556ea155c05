#pragma once

#include "sluice/base/result.hpp"
#include "sluice/store/sql_value.hpp"

#include <array>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::store {

/// A statement of the port as PostgreSQL writes it: `?2` becomes `$2`, but not in strings, quoted names and comments.
std::string numbered(std::string_view sql);

/// Values as libpq takes them. Refers to the values, and is not moved.
class postgres_parameters {
public:
    explicit postgres_parameters(const std::vector<sql_value>& values);
    postgres_parameters(const postgres_parameters&) = delete;
    postgres_parameters& operator=(const postgres_parameters&) = delete;

    [[nodiscard]] int count() const noexcept { return static_cast<int>(texts.size()); }

    std::vector<unsigned> types;  ///< object ids: bigint, text, bytea; 0 for null, which takes any
    std::vector<const char*> texts;
    std::vector<int> lengths;
    std::vector<int> formats;
    std::string signature;  ///< a letter a type: a statement is prepared anew for other types

private:
    std::deque<std::array<char, 8>> numbers_;
};

/// A column's text, as its type (an object id) says: numbers and booleans, bytea, else text.
sql_value decoded(unsigned type, std::string_view text);

/// What to make of an error that PostgreSQL tells by its SQLSTATE.
struct postgres_class {
    errc code = errc::invalid;
    bool again = false;  ///< the transaction is undone, and may succeed when it is run again
    bool over = false;   ///< the connection is of no more use
    std::string_view advice = {};
};
postgres_class class_of_state(std::string_view state);

}  // namespace sluice::store
