#include "orders/smtp_reply.hpp"

namespace orders {

mail_fate fate_of(CURLcode ended, long reply, bool handed_over) noexcept
{
    if (ended == CURLE_OK) return mail_fate::sent;
    // How libcurl calls a reply that refuses the sender, the recipient or DATA, and one that refuses the mail itself.
    const bool refused = ended == (handed_over ? CURLE_WEIRD_SERVER_REPLY : CURLE_SEND_ERROR) && reply >= 400;
    if (!refused) return handed_over ? mail_fate::unknown : mail_fate::unavailable;
    const bool about_us = reply == 421 || reply == 432 || reply == 454 || (reply >= 530 && reply <= 538);
    if (about_us) return mail_fate::unavailable;
    return reply < 500 ? mail_fate::postponed : mail_fate::refused;
}

}  // namespace orders
