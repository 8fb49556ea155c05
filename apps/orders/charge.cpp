#include "orders/charge.hpp"

#include "sluice/flow/failure.hpp"

#include <spdlog/fmt/fmt.h>

namespace orders {

using namespace sluice;

namespace {

[[noreturn]] void ask_again(errc why, std::string detail)
{
    throw failure{error{why, "the payment provider " + std::move(detail)}};
}

// Of the order itself; all others may be answered otherwise tomorrow.
bool blames_the_request(unsigned status)
{
    return status == 400 || status == 413 || status == 415 || status == 422;
}

bool fits(const charge& told, const charge_request& what, unsigned status)
{
    if (told.order_id != what.order_id || told.amount != what.amount) return false;
    return told.status == charge_status::declined ? status == 402 && told.reason : status != 402 && told.payment_id;
}

}  // namespace

charge decision(const charge_request& what, const result<http::response>& answer)
{
    if (!answer) throw failure{answer.error()};
    const auto status = answer->status;
    if (status == 200 || status == 201 || status == 402) {
        auto told = from_json<charge>(answer->body);
        if (!told) ask_again(errc::outcome_unknown, "cannot be understood: " + told.error().message());
        if (!fits(*told, what, status))
            ask_again(errc::outcome_unknown, "speaks of another charge, or contradicts itself");
        return std::move(*told);
    }
    const auto said = fmt::format("answered {} {}", status, http::reason(status));
    if (status == 429) ask_again(errc::overloaded, said);
    if (blames_the_request(status)) throw permanent_failure{"the payment provider " + said};
    ask_again(errc::unavailable, said);
}

}  // namespace orders
