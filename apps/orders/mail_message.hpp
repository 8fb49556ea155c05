#pragma once

#include "orders/events.hpp"
#include "orders/mail_address.hpp"

#include <string>
#include <string_view>

namespace orders {

/// A mail in two versions of the same, for readers with and without HTML.
struct mail_message {
    mailbox from;
    std::string to;       ///< an address
    std::string subject;  ///< one line
    sluice::timestamp date;
    std::string id;  ///< `left@right`: who gets the mail twice knows it by that
    std::string text;
    std::string html;
};

/// The mail as it goes over the wire or into a file: RFC 5322, with CRLF, and UTF-8 only in addresses (RFC 6532). The
/// same mail is the same bytes.
std::string to_wire(const mail_message& what);

/// A name for an order's mail that is safe in a Message-ID and as a file's name: the order's id, with `%2F` for each
/// byte but letters, digits, `-` and `_`. Throws `permanent_failure` for an empty or a very long id.
std::string mail_name(std::string_view order_id);

/// The mail that confirms an order, the same for the same arguments. `domain`: of customers whose id is no address.
/// Throws `permanent_failure` for an order that nobody can confirm: without items, with amounts that do not add up, or
/// of a customer without address.
mail_message confirm(const order_placed& order, const mailbox& from, std::string_view domain, sluice::timestamp date);

}  // namespace orders
