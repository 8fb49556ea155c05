#pragma once

#include <curl/curl.h>

namespace orders {

/// What became of a mail.
enum class mail_fate {
    sent,
    refused,      ///< for good
    postponed,    ///< this mail, not others (greylisting, a full mailbox)
    unavailable,  ///< surely not sent, and nor would be another: no server, or one that does not let us in
    unknown,      ///< the server had the whole mail, and did not answer
};

/// From how libcurl's transfer ended, the server's last reply (0: none), and whether the server had been given the
/// whole mail. What a server says of our account or of encryption (RFC 4954, 6; RFC 3207, 4) is about our settings: it
/// makes no mail a dead letter.
mail_fate fate_of(CURLcode ended, long reply, bool handed_over) noexcept;

}  // namespace orders
