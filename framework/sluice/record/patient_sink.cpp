#include "sluice/record/patient_sink.hpp"

#include "sluice/base/cancellation.hpp"

namespace sluice {
namespace {

awaitable<result<position>> send_cancelled_at(sink& to, outgoing what, time_point when)
{
    const cancellation patience{{}, clock::of(co_await asio::this_coro::executor), when};
    auto sending = to.send(std::move(what));
    result<position> sent = error{errc::outcome_unknown, "no acknowledgement came in time"};
    try {
        sent = co_await run_under(patience.token(), std::move(sending));
    } catch (const boost::system::system_error&) {
        if (!patience.token().cancelled()) throw;
    }
    co_return sent;
}

}  // namespace

awaitable<result<position>> send_until(sink& to, outgoing what, time_point when)
{
    if (auto* patient = dynamic_cast<patient_sink*>(&to)) return patient->send_until(std::move(what), when);
    return send_cancelled_at(to, std::move(what), when);
}

}  // namespace sluice
