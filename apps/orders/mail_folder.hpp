#pragma once

#include "orders/mail_way.hpp"
#include "sluice/base/offload.hpp"

#include <filesystem>

namespace orders {

/// Mail as `.eml` files in a folder, named by the Message-ID's left side, for where there is no mail server. A file is
/// there whole, and on the disk, or not at all; the same mail again takes the place of the first.
class mail_folder final : public mail_way {
public:
    /// Makes the folder. `blocking` outlives it.
    mail_folder(std::filesystem::path folder, sluice::offload& blocking);

    sluice::awaitable<> send(const mail_message& what) override;
    [[nodiscard]] sluice::duration time_limit() const override { return std::chrono::seconds{5}; }

private:
    std::filesystem::path folder_;
    sluice::offload& blocking_;
};

}  // namespace orders
