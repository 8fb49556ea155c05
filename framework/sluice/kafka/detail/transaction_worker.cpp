#include "sluice/kafka/detail/transaction_worker.hpp"

#include <algorithm>
#include <chrono>

namespace sluice::kafka::detail {
namespace {

using namespace std::chrono_literals;

constexpr int often_fenced = 5;

time_point now()
{
    return std::chrono::steady_clock::now();
}

// What the user has not decided.
properties own_properties(const settings& cluster, const transaction_producer_settings& how, bool single)
{
    const auto limit = std::to_string(how.time_limit.count());
    properties own{
        {"transactional.id", how.transactional_id},
        {"transaction.timeout.ms", limit},
        {"message.timeout.ms", limit},  // no record may outlive its transaction
    };
    if (single) own.emplace("batch.num.messages", "1");
    const properties wanted{
        {"linger.ms", "5"},  // a transaction is handed over in one go, and the commit flushes it
        // How soon a broker that still ends the transaction before is asked again; 100 by default, which is more than
        // a whole transaction takes.
        {"retry.backoff.ms", "5"},
        {"topic.metadata.propagation.max.ms", "5000"},  // then a topic that is not there is told as such
        {"queue.buffering.max.messages", std::to_string(std::max<std::size_t>(100'000, how.records))},
    };
    for (const auto& [name, value] : wanted)
        if (!cluster.properties.contains(name)) own.emplace(name, value);
    return own;
}

}  // namespace

transaction_worker::transaction_worker(settings cluster, transaction_producer_settings how, logger log)
    : cluster_{std::move(cluster)},
      how_{std::move(how)},
      log_{log.with("transactional_id", how_.transactional_id)}
{
    if (how_.transactional_id.empty()) throw failure{error{errc::invalid, "transactions need a transactional id"}};
    if (how_.time_limit <= 0ms) throw failure{error{errc::invalid, "transactions need a time limit"}};
    make_session();
}

void transaction_worker::make_session()
{
    session_.reset();
    begun_ = false;
    session_ = std::make_unique<transaction_session>(cluster_, own_properties(cluster_, how_, single_), log_, stop_);
}

result<> transaction_worker::open()
{
    if (fenced_ >= often_fenced)
        return error{errc::fatal, "transactions of " + how_.transactional_id +
                                      ": another producer takes this id again and again; each process needs its own"};
    try {
        if (!session_) make_session();
    } catch (const failure& none) {
        return error{errc::fatal, none.why().message()};
    }
    if (begun_) return {};
    auto done = session_->begin(now() + how_.time_limit);
    begun_ = done.has_value();
    if (!done && done.error() == errc::fatal) session_.reset();
    return done;
}

transaction_result transaction_worker::transact(const outgoing_batch& what, const positions& finished,
                                                const membership& of)
{
    for (;;) {
        if (stop_) return transaction_error{errc::closed, "transactions are closed"};
        if (const auto ready = open(); !ready) {
            const auto code = ready.error() == errc::fatal ? errc::fatal : errc::not_sent;
            return transaction_error{code, ready.error().message()};
        }
        const auto began = now();
        auto outcome = session_->run(what, finished, of, began + how_.time_limit);
        note_fate(outcome, began);
        if (outcome.suspect && !single_) {
            log_.warning("{}; sending each record by itself", outcome.told.error().message());
            single_ = true;
            session_.reset();
            continue;
        }
        if (outcome.over || std::exchange(single_, false)) session_.reset();
        // What became of it is known as soon as the next session has begun.
        if (!outcome.told && outcome.told.error() == errc::outcome_unknown) static_cast<void>(open());
        return std::move(outcome.told);
    }
}

void transaction_worker::note_fate(const transaction_outcome& what, time_point began)
{
    if (what.told) {
        fenced_ = 0;
        return;
    }
    log_.warning("{}", what.told.error().message());
    // The broker fences also what takes too long.
    if (what.fenced && now() - began < how_.time_limit / 2) ++fenced_;
}

result<std::int32_t> transaction_worker::ask_partitions(const std::string& topic)
{
    if (!session_) return error{errc::unavailable, "metadata of " + topic + ": there is no producer now"};
    return detail::ask_partitions(session_->handle(), topic);
}

}  // namespace sluice::kafka::detail
