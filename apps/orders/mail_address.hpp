#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace orders {

/// An address as RFC 5321 and 5322 write it without comments (`ada@shop.example`, `"a b"@shop.example`), and UTF-8 in
/// it as RFC 6531 allows. At most 254 bytes, and without `=?`.
bool is_address(std::string_view text);

/// Whether text may stand behind the `@`: labels of letters, digits and hyphens.
bool is_domain(std::string_view text);

/// Where a customer's mail goes: the customer's id if it is an address, else the id, quoted where it must be, at
/// `domain`. Throws `permanent_failure` where there is no such address: an id that holds control characters or `=?`, or
/// is too long.
std::string address_of(std::string_view customer_id, std::string_view domain);

/// Who mail is from.
struct mailbox {
    std::string name;  ///< may be empty
    std::string address;

    /// `orders@shop.example`, or `The Shop <orders@shop.example>`; nullopt where it is neither.
    static std::optional<mailbox> parse(std::string_view text);
    [[nodiscard]] std::string_view domain() const { return std::string_view{address}.substr(address.rfind('@') + 1); }
};

/// A mailbox as the value of a header.
std::string header_text(const mailbox& who);

}  // namespace orders
