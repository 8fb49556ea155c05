#pragma once

#include "sluice/base/async.hpp"

#include <filesystem>

namespace sluice::testing {

/// Waits until there are a private key and a certificate for `localhost` and 127.0.0.1, in PEM, that nobody else
/// vouches for. Throws std::runtime_error without the program openssl.
awaitable<> make_certificate(std::filesystem::path key, std::filesystem::path certificate);

}  // namespace sluice::testing
