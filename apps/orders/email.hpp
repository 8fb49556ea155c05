#pragma once

#include "orders/events.hpp"
#include "orders/mail_address.hpp"
#include "sluice/base/async.hpp"
#include "sluice/flow/context.hpp"
#include "sluice/process/settings.hpp"
#include "sluice/record/reply.hpp"

#include <string>
#include <vector>

namespace sluice {
class role;
}

namespace orders {

class mail_store;
class mail_way;

/// Who sends the shop's mail, and the domain of customers whose id is no address.
struct mail_sender {
    mailbox from;
    std::string customers_domain;
};

/// The handler: sends the order's confirmation, unless it has been sent, and says that it is.
///
/// An event that comes again, here or in another process, does not send again, and gets the same reply. Only where the
/// mail server has the whole mail and that is not on record, because the process or the connection ended in between, is
/// it sent again: the same mail with the same `Message-ID`.
sluice::awaitable<sluice::reply> send_confirmation(order_placed order, sluice::context& about, mail_store& sent,
                                                   mail_way& way, const mail_sender& sender);

/// The role's settings.
std::vector<sluice::setting_declaration> email_settings();

/// The role: sends a confirmation for each order.
sluice::awaitable<> email(sluice::role& self);

}  // namespace orders
