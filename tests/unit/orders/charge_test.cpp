#include "orders/charge.hpp"

#include "orders/payment.hpp"
#include "sluice/base/async.hpp"
#include "sluice/flow/failure.hpp"
#include "sluice/process/settings.hpp"
#include "sluice/process/usage_error.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace orders;

namespace {

const charge_request asked{"o-1", "c-1", money::of_minor(5998)};

result<http::response> answered(unsigned status, std::string body)
{
    return http::json(status, std::move(body));
}

std::string captured(std::string_view order = "o-1", std::string_view amount = "59.98")
{
    return R"({"order_id":")" + std::string{order} + R"(","amount":)" + std::string{amount} +
           R"(,"status":"captured","payment_id":"p-1","decided_at":"2026-01-02T03:04:05.678Z"})";
}

constexpr auto declined = R"({"order_id":"o-1","amount":59.98,"status":"declined","reason":"insufficient_funds",)"
                          R"("decided_at":"2026-01-02T03:04:05.678Z"})";

// What the flow makes of it: `captured`, `declined`, `permanent`; `breaker`: tried again, and the breaker counts it.
std::string class_of(const result<http::response>& answer)
{
    try {
        return decision(asked, answer).status == charge_status::captured ? "captured" : "declined";
    } catch (...) {
        const auto why = classify(std::current_exception()).what;
        if (why == handler_failure::kind::permanent) return "permanent";
        return why == handler_failure::kind::unavailable ? "breaker" : "something else";
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_answer_of_a_provider_has_its_class)
{
    const struct {
        std::string what;
        result<http::response> answer;
        std::string_view then;
    } table[]{
        {"charged now", answered(201, captured()), "captured"},
        {"charged before", answered(200, captured()), "captured"},
        {"more than we know", answered(200, captured().substr(0, captured().size() - 1) + R"(,"x":{}})"), "captured"},
        {"declined", answered(402, declined), "declined"},
        {"malformed", answered(400, "{}"), "permanent"},
        {"too large", answered(413, ""), "permanent"},
        {"no JSON", answered(415, ""), "permanent"},
        {"breaks a rule", answered(422, "{}"), "permanent"},
        {"no credentials", answered(401, ""), "breaker"},
        {"may not", answered(403, ""), "breaker"},
        {"a wrong URL", answered(404, ""), "breaker"},
        {"a slow connection", answered(408, ""), "breaker"},
        {"another with this key is under way", answered(409, ""), "breaker"},
        {"too many", answered(429, ""), "breaker"},
        {"moved", answered(301, ""), "breaker"},
        {"broken", answered(500, captured()), "breaker"},
        {"a bad gateway", answered(502, "<html>"), "breaker"},
        {"busy", answered(503, ""), "breaker"},
        {"a slow gateway", answered(504, ""), "breaker"},
        {"a portal's page", answered(200, "<html>"), "breaker"},
        {"an empty answer", answered(201, ""), "breaker"},
        {"cut off", answered(201, captured().substr(0, 60)), "breaker"},
        {"another order", answered(200, captured("o-2")), "breaker"},
        {"another amount", answered(200, captured("o-1", "59.97")), "breaker"},
        {"captured, and yet not", answered(402, captured()), "breaker"},
        {"declined, and yet not", answered(201, declined), "breaker"},
        {"captured without an id",
         answered(201, R"({"order_id":"o-1","amount":59.98,"status":"captured","decided_at":"2026-01-02T03:04:05Z"})"),
         "breaker"},
        {"refused", error{errc::unavailable, "connection refused"}, "breaker"},
        {"out of time before it was sent", error{errc::timed_out}, "breaker"},
        {"out of time", error{errc::outcome_unknown}, "breaker"},
        {"cannot be written", error{errc::invalid}, "permanent"},
    };
    for (const auto& [what, answer, then] : table) BOOST_TEST(class_of(answer) == then, what);
}

BOOST_AUTO_TEST_CASE(a_decision_is_the_providers_word_for_word)
{
    const auto taken = decision(asked, answered(201, captured()));
    BOOST_TEST(taken.payment_id.value() == "p-1");
    BOOST_TEST((taken.decided_at == from_json<timestamp>(R"("2026-01-02T03:04:05.678Z")").value()));
    BOOST_TEST(decision(asked, answered(402, declined)).reason.value() == "insufficient_funds");
}

BOOST_AUTO_TEST_CASE(the_providers_address_is_a_plain_http_url_or_refused)
{
    const auto refusal = [](const std::string& url) -> std::string {
        try {
            const settings given{{.known = payment_settings(), .flags = {{"payment.provider", url}}}};
        } catch (const usage_error& bad) {
            return bad.what();
        }
        return "accepted";
    };
    for (const auto* good : {"", "http://127.0.0.1:8085", "http://provider:8085/", "http://[::1]:8085", "http://pay"})
        BOOST_TEST(refusal(good) == "accepted", good);
    for (const std::string bad : {"127.0.0.1:8085", "https://pay", "http://", "http://:8085", "http://pay:0",
                                  "http://pay:99999", "http://pay/v1", "http://me:secret@pay", "http://pay?x", "pay"})
        BOOST_TEST(refusal(bad) == "payment.provider: expected a URL such as http://127.0.0.1:8085, found \"" + bad +
                                       "\" (from --payment.provider)");
}
