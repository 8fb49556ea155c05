#include "sluice/kafka/consumer.hpp"

#include "sluice/kafka/detail/group_membership.hpp"
#include "sluice/kafka/detail/member_properties.hpp"
#include "sluice/kafka/detail/partition_list.hpp"
#include "sluice/kafka/detail/rebalance.hpp"
#include "sluice/kafka/errors.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace sluice::kafka {
namespace {

using detail::event_handle;
using detail::queue_handle;

constexpr int events =
    RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_ERROR;
// Events of one queue in one turn of the loop.
constexpr std::size_t turn_budget = 1000;

detail::client make_client(const settings& cluster, const consumer_settings& what, const logger& log)
{
    if (what.group.empty()) throw failure{error{errc::invalid, "a consumer needs the name of its group"}};
    if (what.topics.empty() == what.partitions.empty())
        throw failure{error{errc::invalid, "group " + what.group + ": either topics or partitions are to be read"}};
    if (what.batch == 0) throw failure{error{errc::invalid, "group " + what.group + ": a batch of 0 records"}};
    properties own{{"group.id", what.group}};
    if (!what.instance.empty()) own.emplace("group.instance.id", what.instance);
    return detail::client::make(cluster, detail::client_kind::consumer, own, events, log).value();
}

}  // namespace

consumer::consumer(asio::any_io_executor loop, const settings& cluster, consumer_settings what, offload& blocking,
                   logger log)
    : loop_{std::move(loop)},
      what_{std::move(what)},
      log_{log.with("group", what_.group)},
      client_{detail::destroyed_on(blocking, make_client(cluster, what_, log_))},
      troubles_{log_, "group " + what_.group}
{
    rd_kafka_poll_set_consumer(client());
    const auto often = detail::look_again(client());
    control_.emplace(loop_, queue_handle{rd_kafka_queue_get_consumer(client())}, [this] { drain(*control_); }, often);
    replies_.emplace(loop_, queue_handle{rd_kafka_queue_new(client())}, [this] { drain(*replies_); });
    records_.emplace(loop_, client(),
                     detail::record_reader::callbacks{
                         .ready = [this] { ready_.wake_all(); },
                         .event = [this](event_handle event) { on_event(std::move(event)); },
                         .failed = [this](error trouble) { put(failed{std::move(trouble)}); },
                     });
    offsets_.emplace(client_, replies_->get(), what_.group, blocking);
    if (what_.partitions.empty()) {
        detail::subscribe(client(), what_.topics).value();
    } else {
        joined_ = true;
        put(assigned{what_.partitions});
    }
}

consumer::~consumer()
{
    if (closed_) return;
    if (!closing_) answer_all();
    end(!closing_);
}

// librdkafka waits for answers, also when it is destroyed.
void consumer::answer_all()
{
    drain(*control_);
    const auto answer = [this](question what, const partitions& which) {
        if (what == question::assigned) detail::assign(client(), {});
        if (what == question::revoked) detail::unassign(client(), which);
    };
    answer(std::exchange(asked_, question::none), asked_for_);
    for (const auto& each : events_) {
        if (std::holds_alternative<assigned>(each)) answer(question::assigned, {});
        if (const auto* wanted = std::get_if<revoked>(&each)) answer(question::revoked, wanted->partitions);
    }
}

// A client that is still closing is left undestroyed: it may wait for an answer that can no more be given.
void consumer::end(bool destroy) noexcept
{
    closed_ = true;
    offsets_->close();
    records_.reset();
    replies_.reset();
    control_.reset();
    if (!destroy || (!joined_ && !detail::may_end_while_joining(client())))
        detail::forsake(std::move(client_));
    else
        client_.reset();
}

awaitable<event> consumer::next()
{
    // A batch may be there at once, again and again: the loop has other work too.
    if (std::exchange(breathe_, false)) co_await asio::post(loop_, asio::use_awaitable);
    for (;;) {
        if (auto first = take()) co_return std::move(*first);
        co_await ready_.wait();
    }
}

std::optional<event> consumer::take()
{
    if (closed_) return closed{};
    if (closing_ || asked_ != question::none) return std::nullopt;
    if (!events_.empty()) {
        auto first = std::move(events_.front());
        events_.pop_front();
        if (std::holds_alternative<assigned>(first)) asked_ = question::assigned;
        if (auto* wanted = std::get_if<revoked>(&first)) {
            asked_ = question::revoked;
            asked_for_ = wanted->partitions;
            if (rd_kafka_assignment_lost(client())) first = lost{std::move(wanted->partitions)};
        }
        return first;
    }
    if (!intake_) return std::nullopt;
    if (auto some = records_->read(what_.batch); !some.records.empty()) {
        troubles_.well();
        breathe_ = true;
        return some;
    }
    if (!events_.empty()) return take();  // the queue of records held an error
    return std::nullopt;
}

void consumer::drain(detail::queue_signal& queue)
{
    for (std::size_t taken = 0; taken < turn_budget; ++taken) {
        auto each = queue.poll();
        if (!each) {
            left_.wake_all();
            return;
        }
        on_event(std::move(each));
    }
    queue.wake();
}

void consumer::on_event(event_handle event)
{
    switch (rd_kafka_event_type(event.get())) {
        case RD_KAFKA_EVENT_REBALANCE: on_rebalance(*event); break;
        case RD_KAFKA_EVENT_OFFSET_COMMIT:
        case RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT: offsets_->on_reply(std::move(event)); break;
        case RD_KAFKA_EVENT_ERROR:
            if (auto trouble = troubles_.tell(client(), *event)) put(std::move(*trouble));
            break;
        case RD_KAFKA_EVENT_FETCH:
            // It is lost to this assignment now: better to begin anew where the group stands.
            if (!closing_) put(failed{error{errc::fatal, "group " + what_.group + ": a record missed its queue"}});
            break;
        default: break;
    }
}

void consumer::on_rebalance(rd_kafka_event_t& event)
{
    auto which = detail::to_partitions(*rd_kafka_event_topic_partition_list(&event));
    const auto code = rd_kafka_event_error(&event);
    if (closing_) {
        refusals_.send(client_);
    } else if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        troubles_.well();
        joined_ = true;
        if (which.empty())
            detail::assign(client(), {});
        else
            put(assigned{std::move(which)});
    } else if (code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
        if (which.empty())
            detail::unassign(client(), {});
        else
            put(revoked{std::move(which)});
    } else {
        put(failed{make_error(code, "group " + what_.group + " cannot rebalance")});
        rd_kafka_assign(client(), nullptr);
    }
}

// Whether librdkafka waits for an answer to a rebalance that has come as far as here.
bool consumer::unanswered() const
{
    const auto asks = [](const event& each) {
        return std::holds_alternative<assigned>(each) || std::holds_alternative<revoked>(each);
    };
    return asked_ != question::none || std::ranges::any_of(events_, asks);
}

void consumer::put(event what)
{
    events_.push_back(std::move(what));
    ready_.wake_all();
}

void consumer::intake(bool open)
{
    if (std::exchange(intake_, open) != open && open) ready_.wake_all();
}

awaitable<result<positions>> consumer::committed(partitions of)
{
    return offsets_->committed(std::move(of),
                               std::chrono::duration_cast<std::chrono::milliseconds>(what_.request_limit));
}

awaitable<result<>> consumer::commit(positions finished)
{
    return offsets_->commit(std::move(finished), clock::of(loop_).now() + what_.request_limit);
}

awaitable<result<>> consumer::accept(positions from)
{
    if (std::exchange(asked_, question::none) != question::assigned)
        co_return error{errc::invalid, "no assignment waits to be accepted"};
    ready_.wake_all();
    records_->start(from);
    co_return detail::assign(client(), from);
}

awaitable<result<>> consumer::give_up(partitions which)
{
    if (std::exchange(asked_, question::none) != question::revoked)
        co_return error{errc::invalid, "no partition waits to be given up"};
    ready_.wake_all();
    records_->stop(which);
    co_return detail::unassign(client(), which);
}

positions consumer::position(const partitions& of) const
{
    if (records_) return records_->position(of);
    positions unknown;
    for (const auto& each : of) unknown.push_back({each, position::stored, {}});
    return unknown;
}

void consumer::seek(const positions& to)
{
    if (records_) records_->seek(to);
}

void consumer::hold(const partitions& which)
{
    if (records_) records_->hold(which);
}

void consumer::release(const partitions& which)
{
    if (records_) records_->release(which);
}

membership consumer::member() const
{
    return closing_ ? nullptr : detail::membership_of(client());
}

awaitable<> consumer::close(time_point deadline)
{
    if (std::exchange(closing_, true)) {
        while (!closed_) co_await left_.wait();
        co_return;
    }
    auto& time = clock::of(loop_);
    bool too_late = time.now() >= deadline;
    const auto expire = [this, &too_late] {
        too_late = true;
        left_.wake_all();
    };
    const auto alarm = time.at(deadline, expire);

    // Refused after a fatal error, when there is nothing to leave any more.
    const detail::error_handle refused{rd_kafka_consumer_close_queue(client(), replies_->get())};
    if (!refused && unanswered()) refusals_.send(client_);
    const auto left = [&] { return refused || rd_kafka_consumer_closed(client()); };
    while (!too_late && !(left() && refusals_.settled(time.now()))) {
        const auto look_again = time.at(time.now() + std::chrono::milliseconds{10}, [this] { left_.wake_all(); });
        const bool cancelled = co_await left_.wait_shielded();
        too_late = too_late || cancelled;
    }
    if (!left()) log_.warning("the group was not left in time: it notices when the session times out");

    end(left() && refusals_.answered());
    events_.clear();
    asked_ = question::none;
    ready_.wake_all();
    left_.wake_all();
}

}  // namespace sluice::kafka
