#pragma once

#include "sluice/base/async.hpp"

#include <filesystem>
#include <string>

namespace sluice::testing {

/// Waits until there are a private key and a certificate, in PEM, that nobody else vouches for; `names` is as openssl
/// takes it, "DNS:localhost,IP:127.0.0.1". Throws std::runtime_error without the program openssl.
awaitable<> make_certificate(std::filesystem::path key, std::filesystem::path certificate, std::string names);

}  // namespace sluice::testing
