#pragma once

#include "sluice/record/codec.hpp"

#include <boost/describe.hpp>

namespace payloads {

using sluice::money;
using sluice::timestamp;

enum class priority { none, low, high };
BOOST_DESCRIBE_ENUM(priority, none, low, high)

/// An id as a user of the framework writes one.
class order_id {
public:
    order_id() = default;
    static sluice::decoded<order_id> from_text(std::string_view text)
    {
        if (!text.starts_with("o-"))
            return sluice::decode_error{sluice::decode_error::kind::shape, {}, "an id that starts with o-", {}};
        order_id id;
        id.text_ = text;
        return id;
    }
    [[nodiscard]] const std::string& to_text() const { return text_; }
    friend bool operator==(const order_id&, const order_id&) = default;

private:
    std::string text_ = "o-";
};

struct item {
    std::string product_id;
    std::int32_t quantity = 0;
    money price;
    friend bool operator==(const item&, const item&) = default;
};
BOOST_DESCRIBE_STRUCT(item, (), (product_id, quantity, price))

struct order {
    order_id id;
    std::vector<item> items;
    money total;
    timestamp created_at;
    std::optional<std::string> note;
    priority urgency = priority::none;
    std::map<std::string, std::int64_t> counts;
    friend bool operator==(const order&, const order&) = default;
};
BOOST_DESCRIBE_STRUCT(order, (), (id, items, total, created_at, note, urgency, counts))

struct base {
    bool flag = false;
    friend bool operator==(const base&, const base&) = default;
};
BOOST_DESCRIBE_STRUCT(base, (), (flag))

/// One of each kind, nested, inherited, in itself.
struct everything : base {
    std::uint8_t small = 0;
    std::int64_t large = 0;
    std::uint64_t larger = 0;
    double real = 0;
    std::string text;
    std::optional<item> maybe;
    std::vector<std::vector<std::int32_t>> matrix;
    std::map<std::string, std::vector<std::optional<money>>> amounts;
    std::vector<everything> inner;
    friend bool operator==(const everything&, const everything&) = default;
};
BOOST_DESCRIBE_STRUCT(everything, (base), (small, large, larger, real, text, maybe, matrix, amounts, inner))

}  // namespace payloads
