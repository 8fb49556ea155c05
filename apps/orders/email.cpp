#include "orders/email.hpp"

#include "orders/durations.hpp"
#include "orders/housekeeping.hpp"
#include "orders/mail_folder.hpp"
#include "orders/mail_message.hpp"
#include "orders/mail_store.hpp"
#include "orders/smtp_client.hpp"
#include "sluice/base/cancellation.hpp"
#include "sluice/process/role.hpp"
#include "sluice/store/sql.hpp"

#include <boost/describe/enum_from_string.hpp>

#include <algorithm>

namespace orders {

using namespace sluice;
using namespace std::chrono_literals;

namespace {

// By which a lease outlives the longest send, and the clocks of two machines may differ.
constexpr auto spare = 5s;

// Returns when the mail is ours to send, or is sent.
awaitable<mail_store::answer> claim(mail_store& sent, std::string name, std::string holder, duration lease,
                                    context& about)
{
    using kind = mail_store::answer::kind;
    auto& time = clock::of(co_await asio::this_coro::executor);
    for (;;) {
        about.stage("waiting for the store");
        const auto found = co_await sent.claim(name, holder, lease);
        if (found.what != kind::others) co_return found;
        about.stage("waiting for another process that has begun to send it");
        co_await sleep_for(std::clamp<duration>(found.when - time.wall(), 10ms, 1s));
    }
}

// Not to be given up: the mail would be sent again.
awaitable<timestamp> mark_sent(mail_store& sent, std::string name, context& about)
{
    for (;;) {
        about.stage("waiting for the store, to note that the mail is sent");
        try {
            co_return co_await sent.mark_sent(name);
        } catch (const failure& trouble) {
            about.log().warning("a mail is sent, and not on record: {}", trouble.what());
        }
        co_await sleep_for(1s);
    }
}

std::unique_ptr<mail_way> way_of(role& self)
{
    const auto text = [&](std::string_view key) { return self.settings().get<std::string>(key); };
    const auto server = smtp_address::parse(text("email.smtp"));
    if (!server) return std::make_unique<mail_folder>(self.data_dir() / "outbox", self.offload());
    smtp_settings how{.server = *server,
                      .user = text("email.user"),
                      .password = text("email.password"),
                      .ca = text("email.ca"),
                      .time_limit = self.settings().get<duration>("email.timeout"),
                      .connections = static_cast<std::size_t>(self.settings().integer("email.connections", 1))};
    boost::describe::enum_from_string(text("email.tls").c_str(), how.tls);
    return std::make_unique<smtp_client>(std::move(how), self.offload());
}

}  // namespace

awaitable<reply> send_confirmation(order_placed order, context& about, mail_store& sent, mail_way& way,
                                   const mail_sender& sender)
{
    const auto name = mail_name(order.order_id);
    const auto holder = record_id::random().text();
    auto mail = confirm(order, sender.from, sender.customers_domain, {});
    const auto told = [&](timestamp when) {
        return emit(sent_emails, {order.order_id, order.customer_id, "<" + mail.id + ">", when});
    };

    const auto claimed = co_await claim(sent, name, holder, way.time_limit() + spare, about);
    if (claimed.what == mail_store::answer::kind::sent) co_return told(claimed.when);
    mail.date = claimed.when;
    about.stage("waiting for the mail to be taken");
    std::exception_ptr trouble;
    try {
        co_await way.send(mail);
    } catch (...) {
        trouble = std::current_exception();
    }
    if (trouble) {
        if (!is_cancellation(trouble)) co_await sent.release(name, holder);
        std::rethrow_exception(trouble);
    }
    co_return told(co_await mark_sent(sent, name, about));
}

awaitable<> email(role& self)
{
    const auto& given = self.settings();
    const mail_sender sender{mailbox::parse(given.get<std::string>("email.from")).value(),
                             given.get<std::string>("email.domain")};
    const auto way = way_of(self);
    mail_store sent{self.database("email", mail_store::migrations())};
    const auto handler = [&](order_placed order, context& about) {
        return send_confirmation(std::move(order), about, sent, *way, sender);
    };
    const auto at_once = static_cast<std::size_t>(given.integer("email.connections", 1));
    flow_settings how{.group = "email-service", .order = by_key{.running = at_once}};
    how.breaker = breaker_settings{.window = 8, .open = 10s};
    // Some servers want to be asked again, minutes later, before they take a first mail.
    auto orders =
        self.flow(orders_placed, how).retry({.attempts = 10, .first_delay = 1s, .max_delay = 5min}).dead_letter();
    const auto keep = age(given, inbox_keep);
    const auto forget = [&](timestamp now) { return sent.forget(now - keep); };
    co_await forgetting_meanwhile(orders.run(handler), forget, self.log());
}

}  // namespace orders
