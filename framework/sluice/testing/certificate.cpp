#include "sluice/testing/certificate.hpp"

#include "sluice/testing/child_process.hpp"

#include <stdexcept>

namespace sluice::testing {

awaitable<> make_certificate(std::filesystem::path key, std::filesystem::path certificate, std::string names)
{
    child_process::settings what;
    what.command = {
        "openssl", "req", "-x509", "-newkey",   "rsa:2048", "-nodes",        "-days",   "1",
        "-keyout", key,   "-out",  certificate, "-subj",    "/CN=localhost", "-addext", "subjectAltName=" + names};
    child_process making{co_await asio::this_coro::executor, std::move(what)};
    if (co_await making.wait() != 0) throw std::runtime_error{"openssl has made no certificate: is it installed?"};
}

}  // namespace sluice::testing
