#include "orders/mail_message.hpp"

#include "orders/mail_text.hpp"
#include "sluice/flow/failure.hpp"

#include <spdlog/fmt/fmt.h>

#include <optional>

namespace orders {

using namespace sluice;

namespace {

constexpr auto wire_form =
    "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}>\r\nAuto-Submitted: auto-generated\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n";
constexpr auto part_form =
    "--{}\r\nContent-Type: text/{}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n";

constexpr auto html_form = R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Order {id}</title></head>
<body>
<p>Thank you for your order.</p>
<table>
<thead><tr><th align="left">Item</th><th align="right">Quantity</th><th align="right">Price</th><th align="right">Amount</th></tr></thead>
<tbody>
{rows}</tbody>
<tfoot><tr><th align="left" colspan="3">Total</th><th align="right">{total}</th></tr></tfoot>
</table>
<p>Order {id}, placed {placed}</p>
</body>
</html>
)";
constexpr auto html_row =
    "<tr><td>{}</td><td align=\"right\">{}</td><td align=\"right\">{}</td><td align=\"right\">{}</td></tr>\n";

// What each item costs: to the cent, or not at all.
std::vector<money> amounts_of(const order_placed& order)
{
    if (order.items.empty()) throw permanent_failure{"the order has no items"};
    const auto total = cost_of(order.items);
    if (total != order.total)
        throw permanent_failure{"the items add up to " + (total ? total->to_text() : "no amount") +
                                ", and the total says " + order.total.to_text()};
    std::vector<money> lines;
    for (const auto& item : order.items) lines.push_back(cost_of(item).value());
    return lines;
}

}  // namespace

std::string to_wire(const mail_message& what)
{
    constexpr std::string_view boundary = "=_alternatives";
    auto wire = fmt::format(wire_form, header_text(what.from), what.to, header_text(what.subject), mail_date(what.date),
                            what.id, boundary);
    wire += fmt::format(part_form, boundary, "plain", quoted_printable(what.text));
    wire += fmt::format(part_form, boundary, "html", quoted_printable(what.html));
    wire += fmt::format("--{}--\r\n", boundary);
    return wire;
}

std::string mail_name(std::string_view order_id)
{
    constexpr std::string_view plain = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    constexpr std::size_t longest = 200;  // of a file's name, 255 in all
    std::string name;
    for (const char c : order_id) {
        if (plain.find(c) != plain.npos)
            name += c;
        else
            name += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        if (name.size() > longest) break;
    }
    if (name.empty() || name.size() > longest) throw permanent_failure{"the order's id is empty or very long"};
    return name;
}

mail_message confirm(const order_placed& order, const mailbox& from, std::string_view domain, timestamp date)
{
    const auto amounts = amounts_of(order);
    const auto id = one_line(order.order_id);
    const auto placed = mail_date(order.created_at);
    std::string text = "Thank you for your order.\n\n";
    std::string rows;
    for (std::size_t i = 0; i < order.items.size(); ++i) {
        const auto& item = order.items[i];
        const auto product = one_line(item.product_id);
        const auto price = item.price.to_text();
        const auto amount = amounts[i].to_text();
        text += fmt::format("{} x {}, {} each: {}\n", item.quantity, product, price, amount);
        rows += fmt::format(html_row, html_escaped(product), item.quantity, price, amount);
    }
    const auto total = order.total.to_text();
    text += fmt::format("\nTotal: {}\n\nOrder {}, placed {}\n", total, id, placed);
    auto html = fmt::format(html_form, fmt::arg("id", html_escaped(id)), fmt::arg("rows", rows),
                            fmt::arg("total", total), fmt::arg("placed", placed));
    return {.from = from,
            .to = address_of(order.customer_id, domain),
            .subject = "Your order " + id,
            .date = date,
            .id = mail_name(order.order_id) + "@" + std::string{from.domain()},
            .text = std::move(text),
            .html = std::move(html)};
}

}  // namespace orders
