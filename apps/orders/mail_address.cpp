#include "orders/mail_address.hpp"

#include "orders/mail_text.hpp"
#include "sluice/flow/failure.hpp"

#include <algorithm>
#include <ranges>

namespace orders {

using namespace sluice;

namespace {

constexpr std::size_t longest_address = 254;  // a path has 256 octets, of which two are <> (RFC 5321, 4.5.3.1.3)

bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_atom_character(char c)
{
    constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~";
    return is_letter_or_digit(c) || others.find(c) != others.npos || static_cast<unsigned char>(c) >= 0x80;
}

// Parts with a dot between them, none of them empty.
template <class Part>
bool is_dotted(std::string_view text, Part is_part)
{
    for (const auto piece : std::views::split(text, '.'))
        if (const std::string_view part{piece.begin(), piece.end()}; part.empty() || !is_part(part)) return false;
    return !text.empty() && !text.ends_with('.');
}

bool is_dot_atom(std::string_view text)
{
    return is_dotted(text, [](std::string_view part) { return std::ranges::all_of(part, is_atom_character); });
}

bool is_quoted_string(std::string_view text)
{
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
    text = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') return false;
        if (text[i] == '\\' && ++i == text.size()) return false;
    }
    return true;
}

std::string quoted(std::string_view text)
{
    std::string string{'"'};
    for (const char c : text) {
        if (c == '"' || c == '\\') string += '\\';
        string += c;
    }
    return string += '"';
}

}  // namespace

bool is_domain(std::string_view text)
{
    const auto is_label = [](std::string_view part) {
        const auto fits = [](char c) { return is_letter_or_digit(c) || c == '-'; };
        return part.size() <= 63 && part.front() != '-' && part.back() != '-' && std::ranges::all_of(part, fits);
    };
    return is_dotted(text, is_label);
}

bool is_address(std::string_view text)
{
    if (text.size() > longest_address || one_line(text) != text) return false;
    // Not to be decoded in an address (RFC 2047, 5), and there are readers that do.
    if (text.find("=?") != text.npos) return false;
    const auto at = text.rfind('@');
    if (at == text.npos || !is_domain(text.substr(at + 1))) return false;
    const auto local = text.substr(0, at);
    return is_dot_atom(local) || is_quoted_string(local);
}

std::string address_of(std::string_view customer_id, std::string_view domain)
{
    if (is_address(customer_id)) return std::string{customer_id};
    auto address = is_dot_atom(customer_id) ? std::string{customer_id} : quoted(customer_id);
    address += '@';
    address += domain;
    if (!is_address(address)) throw permanent_failure{"the customer's id does not make a mail address"};
    return address;
}

std::optional<mailbox> mailbox::parse(std::string_view text)
{
    if (is_address(text)) return mailbox{"", std::string{text}};
    const auto begin = text.rfind('<');
    if (begin == text.npos || !text.ends_with('>') || one_line(text) != text) return std::nullopt;
    const auto address = text.substr(begin + 1, text.size() - begin - 2);
    auto name = text.substr(0, begin);
    name = name.substr(0, name.find_last_not_of(' ') + 1);
    if (!is_address(address)) return std::nullopt;
    return mailbox{std::string{name}, std::string{address}};
}

std::string header_text(const mailbox& who)
{
    if (who.name.empty()) return who.address;
    // An encoded word stands for itself in a phrase; plain text is quoted, whatever it holds (RFC 5322, 3.2.4).
    const auto text = header_text(std::string_view{who.name});
    return (text == who.name ? quoted(text) : text) + " <" + who.address + ">";
}

}  // namespace orders
