#include "sluice/kafka/detail/transaction_session.hpp"

#include "sluice/kafka/detail/group_membership.hpp"
#include "sluice/kafka/detail/partition_list.hpp"
#include "sluice/kafka/detail/version.hpp"
#include "sluice/kafka/errors.hpp"

#include <algorithm>
#include <chrono>

namespace sluice::kafka::detail {
namespace {

using namespace std::chrono_literals;

constexpr int slice_ms = 1000;  // of a call that can be resumed
constexpr int flush_ms = 100;
constexpr int breath_ms = 20;  // before another try

int left_ms(time_point until)
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 1, 3'600'000));
}

// An aborted transaction in the words of the port.
errc why_aborted(rd_kafka_resp_err_t code)
{
    switch (static_cast<int>(code)) {
        // The member itself is known, and about to follow its group.
        case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
        case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
        case stale_member_epoch: return errc::rebalancing;
        default: break;
    }
    const auto outcome = outcome_of(code);
    if (outcome == errc::assignment_lost || outcome == errc::invalid) return *outcome;
    return errc::not_sent;
}

}  // namespace

transaction_session::transaction_session(const settings& from, const properties& own, const logger& log,
                                         const std::atomic<bool>& stop)
    : stop_{stop},
      client_{client::make(from, client_kind::producer, own, RD_KAFKA_EVENT_NONE, log,
                           [this](const rd_kafka_message_t& message) { on_report(message); })
                  .value()},
      topics_{std::in_place, handle()}
{
}

transaction_session::~transaction_session()
{
    topics_.reset();
    client_.keep(std::move(sending_));
}

bool transaction_session::in_time(time_point until) const
{
    return !stop_ && std::chrono::steady_clock::now() < until;
}

// Calls until it succeeds, is in vain, or the time is over.
template <class Call>
transaction_session::trouble transaction_session::repeat(const char* what, time_point until, Call call)
{
    for (;;) {
        const error_handle failed{call()};
        if (!failed) return {};
        const auto code = rd_kafka_error_code(failed.get());
        auto why = make_error(*failed, what);
        if (rd_kafka_error_is_fatal(failed.get())) {
            const auto cause = rd_kafka_fatal_error(handle(), nullptr, 0);
            fenced_ = fenced_ || code == RD_KAFKA_RESP_ERR__FENCED || cause == RD_KAFKA_RESP_ERR__FENCED;
            return {remedy::end, std::move(why)};
        }
        if (rd_kafka_error_txn_requires_abort(failed.get())) {
            why.code = make_error_code(why_aborted(code));
            return {remedy::abort, std::move(why)};
        }
        if (!rd_kafka_error_is_retriable(failed.get())) return {remedy::end, std::move(why)};
        if (!in_time(until)) return {remedy::again, std::move(why)};
        if (code != RD_KAFKA_RESP_ERR__TIMED_OUT) rd_kafka_poll(handle(), breath_ms);
    }
}

result<> transaction_session::begin(time_point until)
{
    auto done = repeat("start transactions", until, [&] { return rd_kafka_init_transactions(handle(), slice_ms); });
    if (done.what == remedy::none) return {};
    return error{done.what == remedy::again ? errc::unavailable : errc::fatal, done.why.message()};
}

transaction_outcome transaction_session::run(outgoing_batch what, const positions& finished, const membership& of,
                                             time_point until)
{
    sending_ = std::move(what);
    refused_.clear();
    by_broker_ = false;
    undelivered_.reset();
    auto now = repeat("begin a transaction", until, [&] { return rd_kafka_begin_transaction(handle()); });
    if (now.what != remedy::none) return {transaction_error{errc::not_sent, now.why.message()}, true, fenced_};

    bool in_doubt = false;
    now = produce_all(until);
    if (now.what == remedy::none && refused_.empty()) now = send_offsets(finished, of, until);
    if (now.what == remedy::none && refused_.empty()) now = flush(until);
    if (now.what == remedy::none && refused_.empty()) {
        now = commit(until);
        in_doubt = now.what != remedy::none;
    }
    if (now.what == remedy::none && refused_.empty()) {
        sending_.reset();
        return {};
    }
    // That an abort succeeds proves that nothing was committed. Its own time: the transaction's may be over.
    if (now.what != remedy::end && abort(std::chrono::steady_clock::now() + 10s)) return aborted(std::move(now));
    return {transaction_error{in_doubt ? errc::outcome_unknown : errc::not_sent, now.why.message()}, true, fenced_};
}

transaction_outcome transaction_session::aborted(trouble after)
{
    // What is still in librdkafka's hands goes with it.
    const bool over = rd_kafka_outq_len(handle()) > 0;
    if (!over) sending_.reset();
    if (refused_.empty()) {
        if (after.what == remedy::again) after.why.code = make_error_code(errc::not_sent);
        return {std::move(after.why), over};
    }
    transaction_error impossible{errc::invalid, refused_.begin()->second.message()};
    for (const auto& [place, why] : refused_) impossible.never.push_back(place);
    return {std::move(impossible), over, false, by_broker_};
}

void transaction_session::on_report(const rd_kafka_message_t& message)
{
    if (!sending_ || (!message.err && message.offset >= 0)) return;
    const auto* what = static_cast<const outgoing*>(message._private);
    if (!undelivered_) undelivered_ = message.err ? make_error(message.err, what_failed(*what)) : assumed(*what);
    if (!message.err || !is_permanent(message.err)) return;
    const auto place = static_cast<std::size_t>(what - sending_->data());
    refused_.try_emplace(place, make_error(message.err, what_failed(*what)));
    by_broker_ = by_broker_ || message.err > 0;
}

transaction_session::trouble transaction_session::produce_all(time_point until)
{
    const auto& all = *sending_;
    for (std::size_t place = 0; place < all.size(); ++place) {
        auto* const to = topics_->get(all[place].topic);
        if (!to) {
            refused_.try_emplace(place, make_error(rd_kafka_last_error(), what_failed(all[place])));
            continue;
        }
        for (;;) {
            const auto failed = produce(handle(), to, all[place], const_cast<outgoing*>(&all[place]));
            if (!failed) break;
            const auto code = rd_kafka_error_code(failed.get());
            if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && in_time(until)) {
                rd_kafka_poll(handle(), breath_ms);
                continue;
            }
            auto why = make_error(*failed, what_failed(all[place]));
            if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return {remedy::again, std::move(why)};
            if (code == RD_KAFKA_RESP_ERR__FATAL) return {remedy::end, std::move(why)};
            if (!is_permanent(code)) return {remedy::abort, transaction_error{errc::not_sent, why.message()}};
            refused_.try_emplace(place, std::move(why));
            break;
        }
    }
    return {};
}

transaction_session::trouble transaction_session::send_offsets(const positions& finished, const membership& of,
                                                               time_point until)
{
    if (finished.empty()) return {};
    if (!of) return {remedy::abort, transaction_error{errc::assignment_lost, "commit offsets: no member of the group"}};
    const auto offsets = to_list(finished);
    const auto* const member = to_metadata(of);
    return repeat("commit offsets in a transaction", until, [&] {
        return rd_kafka_send_offsets_to_transaction(handle(), offsets.get(), member, left_ms(until));
    });
}

// The commit would flush too, but go on waiting for what cannot come any more once one record has failed.
transaction_session::trouble transaction_session::flush(time_point until)
{
    while (!undelivered_ && rd_kafka_outq_len(handle()) > 0) {
        if (!in_time(until))
            return {remedy::again, transaction_error{errc::timed_out, "records were not acknowledged"}};
        rd_kafka_flush(handle(), flush_ms);
    }
    if (undelivered_) return {remedy::abort, transaction_error{errc::not_sent, undelivered_->message()}};
    return {};
}

transaction_session::trouble transaction_session::commit(time_point until)
{
    return repeat("commit a transaction", until, [&] { return rd_kafka_commit_transaction(handle(), left_ms(until)); });
}

bool transaction_session::abort(time_point until)
{
    const auto done =
        repeat("abort a transaction", until, [&] { return rd_kafka_abort_transaction(handle(), left_ms(until)); });
    return done.what == remedy::none;
}

}  // namespace sluice::kafka::detail
