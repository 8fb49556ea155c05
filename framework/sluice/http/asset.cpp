#include "sluice/http/asset.hpp"

namespace sluice::http {

response answer(const asset& what)
{
    constexpr auto policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    return {200,
            {{"Content-Type", std::string{what.type} + "; charset=utf-8"},
             {"Content-Security-Policy", policy},
             {"X-Content-Type-Options", "nosniff"},
             {"Referrer-Policy", "no-referrer"},
             {"Cache-Control", "no-cache"}},
            std::string{what.content}};
}

}  // namespace sluice::http
