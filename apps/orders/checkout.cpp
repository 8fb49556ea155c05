#include "orders/checkout.hpp"

#include "orders/answers.hpp"
#include "orders/housekeeping.hpp"
#include "orders/key_store.hpp"
#include "orders/order_page.hpp"
#include "orders/status_store.hpp"
#include "sluice/base/cancellation.hpp"
#include "sluice/http/router.hpp"
#include "sluice/process/role.hpp"
#include "sluice/record/patient_sink.hpp"
#include "sluice/record/record_id.hpp"

#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>

namespace orders {

using namespace sluice;
using namespace std::chrono_literals;

namespace {

http::response refused(const error& why)
{
    if (why == errc::outcome_unknown)
        return http::answer({.status = 504,
                             .type = "/problems/outcome-unknown",
                             .detail = "the order may or may not have been placed"});
    const bool busy = why == errc::overloaded;
    return http::answer({.status = 503,
                         .type = busy ? "/problems/overloaded" : "/problems/unavailable",
                         .detail = "the order was not placed: try again later"},
                        {{"Retry-After", busy ? "1" : "5"}});
}

// W3C Trace Context, 3.2: one that is malformed is as if it were not there.
bool is_traceparent(std::string_view text)
{
    constexpr std::string_view form = "00-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
    const auto fits = [](char found, char wanted) {
        const bool hex = (found >= '0' && found <= '9') || (found >= 'a' && found <= 'f');
        return wanted == '-' ? found == '-' : hex;
    };
    return std::ranges::equal(text, form, fits);
}

// Whoever asks within a trace finds the order in it.
headers trace_of(const http::request& from)
{
    headers trace;
    const auto parent = from.header("traceparent");
    if (!parent || !is_traceparent(*parent)) return trace;
    for (const auto* name : {"traceparent", "tracestate", "baggage"})
        if (const auto value = from.header(name)) trace.push_back({name, std::string{*value}});
    return trace;
}

http::response accepted(const std::string& order_id)
{
    constexpr std::string_view before = R"({"order_id":")", orders = "/orders/";
    std::string text;
    text.reserve(before.size() + order_id.size() + 2);
    auto answer = http::json(202, std::move(text.append(before).append(order_id).append("\"}")));
    std::string place;
    place.reserve(orders.size() + order_id.size());
    answer.headers.add("Location", place.append(orders).append(order_id));
    return answer;
}

http::response key_reused()
{
    return http::answer(invalid(422, "/problems/idempotency-key-reused", "Idempotency-Key",
                                "this Idempotency-Key has been used for another order"));
}

// A request on its way through the store of keys into the log.
class placing {
public:
    placing(order_placed order, headers trace, sink& to, key_store& keys, sluice::clock& time, duration limit)
        : order_{std::move(order)},
          trace_{std::move(trace)},
          to_{to},
          keys_{keys},
          time_{time},
          limit_{limit}
    {
    }

    awaitable<http::response> without_key()
    {
        const auto sent = co_await send(to_json(order_), time_.now() + limit_);
        co_return sent ? accepted(order_.order_id) : refused(sent.error());
    }

    awaitable<http::response> with_key(std::string key)
    {
        const cancellation patience{{}, time_, time_.now() + limit_};
        auto work = claim_and_send({order_.customer_id, std::move(key)});
        error trouble{errc::unavailable, {}};
        try {
            co_return co_await run_under(patience.token(), std::move(work));
        } catch (const failure& stores) {
            if (!may_pass(stores.why())) throw;
            if (stores.why() == errc::overloaded) trouble = stores.why();
        } catch (const boost::system::system_error&) {
            if (!patience.token().cancelled()) throw;
        }
        if (placed_) co_return accepted(order_.order_id);
        co_return refused(sending_ ? error{errc::outcome_unknown, {}} : trouble);
    }

private:
    awaitable<http::response> claim_and_send(order_key which)
    {
        const auto share = std::chrono::ceil<std::chrono::milliseconds>(limit_ * 3 / 5);
        for (duration pause = 10ms;; pause = std::min<duration>(2 * pause, 200ms)) {
            const auto now = time_.wall();
            const auto kept = co_await keys_.claim(which, to_json(order_), now, now + share);
            if (kept.state == key_state::reused) co_return key_reused();
            order_ = from_json<order_placed>(kept.event).value();
            if (kept.state == key_state::placed) co_return accepted(order_.order_id);
            if (kept.state == key_state::ours) co_return co_await send_claimed(which, kept, now + share);
            sending_ = true;  // another request does
            co_await sleep_for(pause);
        }
    }

    awaitable<http::response> send_claimed(order_key which, key_store::claim_result kept, timestamp until)
    {
        const auto sent = co_await send(std::move(kept.event), time_.now() + (until - time_.wall()));
        placed_ = sent.has_value();
        const error unknown{errc::outcome_unknown, {}};
        if (!sent && (kept.doubtful || sent.error() == errc::outcome_unknown)) co_return refused(unknown);
        if (!sent) sending_ = false;
        // Where this cannot be noted, a repeat sends the same bytes again, without further effect.
        try {
            if (sent)
                co_await keys_.settle(std::move(which));
            else
                co_await keys_.release(std::move(which), until);
        } catch (const failure&) {
        }
        co_return sent ? accepted(order_.order_id) : refused(sent.error());
    }

    awaitable<result<position>> send(std::string event, time_point until)
    {
        sending_ = true;
        outgoing record{orders_placed.name(), order_.customer_id, std::move(event), {}, {}, {}};
        record.headers.reserve(1 + trace_.size());
        record.headers.push_back({std::string{record_id::header_name}, order_.order_id});
        std::ranges::move(trace_, std::back_inserter(record.headers));
        return sluice::send_until(to_, std::move(record), until);
    }

    order_placed order_;
    headers trace_;
    sink& to_;
    key_store& keys_;
    sluice::clock& time_;
    duration limit_;
    bool sending_ = false;  // this order may come into the log, or be there
    bool placed_ = false;
};

}  // namespace

awaitable<http::response> place_order(http::request request, sink& to, key_store& keys, duration limit)
{
    auto asked = validate(request.body, request.headers);
    if (!asked) co_return http::answer(asked.error());
    auto& time = clock::of(co_await asio::this_coro::executor);
    order_placed order{record_id::random().text(), std::move(asked->customer_id), std::move(asked->items), asked->total,
                       time.wall()};
    placing one{std::move(order), trace_of(request), to, keys, time, limit};
    if (!asked->idempotency_key) co_return co_await one.without_key();
    co_return co_await one.with_key(std::move(*asked->idempotency_key));
}

awaitable<> checkout(role& self)
{
    const auto limit = self.settings().get<duration>("checkout.timeout");
    key_store keys{self.database("checkout", key_store::migrations())};
    status_store statuses{self.database("order-status", status_store::migrations())};
    const auto place = [&](http::request&& request) {
        return place_order(std::move(request), self.out(), keys, limit);
    };
    const auto show = [&](const http::request&, boost::uuids::uuid id) {
        return show_order(boost::uuids::to_string(id), statuses);
    };
    http::router routes;
    routes.post("/checkout", place);
    routes.get<boost::uuids::uuid>("/orders/{id}", show);
    const auto forget = [&](timestamp now) { return keys.forget(now); };
    co_await forgetting_meanwhile(self.serve(routes), forget, self.log());
}

}  // namespace orders
