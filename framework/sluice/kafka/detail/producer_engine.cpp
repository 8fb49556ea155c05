#include "sluice/kafka/detail/producer_engine.hpp"

#include <boost/asio/post.hpp>

namespace sluice::kafka::detail {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t one_turn = 1000;  // answered, and handed over, in one turn of the loop
constexpr auto report_delay = 3s;       // librdkafka looks for expired records about once a second
constexpr auto purge_time = 1s;
constexpr auto between_replacements = 5s;

}  // namespace

producer_engine::producer_engine(asio::any_io_executor loop, settings cluster, producer_settings how, offload& blocking,
                                 logger log)
    : loop_{std::move(loop)},
      clock_{clock::of(loop_)},
      cluster_{std::move(cluster)},
      how_{how},
      blocking_{blocking},
      log_{std::move(log)}
{
    make_session();
    time_limit_ = std::chrono::milliseconds{std::stoll(property_of(session_->client()->get(), "message.timeout.ms"))};
    if (time_limit_ <= 0ms) throw failure{error{errc::invalid, "`message.timeout.ms` = 0: a send needs a time limit"}};
}

void producer_engine::make_session()
{
    properties own;
    if (how_.delivery_timeout) own.emplace("message.timeout.ms", std::to_string(how_.delivery_timeout->count()));
    producer_session::listener listener{
        .reported = [this](delivery& what, result<position>&& with) { answer(what, std::move(with)); },
        .drained = [this] { reports_came(); },
        .fatal = [this](const std::string& why) { replace_session(why); },
    };
    session_ = std::make_unique<producer_session>(loop_, cluster_, own, blocking_, log_, std::move(listener));
}

void producer_engine::replace_session(const std::string& why)
{
    log_.error("{}; a new producer takes its place", why);
    session_->purge();
    retired_.push_back(std::move(session_));
    full_ = false;
    // At once, unless the last one did not live long either.
    const auto when = std::max(clock_.now(), replaced_ + between_replacements);
    replaced_ = when;
    replacement_ = clock_.at(when, [this] {
        try {
            make_session();
            plan();
        } catch (const failure& none) {
            dead_ = error{errc::fatal, none.why().message()};
            answer_waiting(*dead_);
        }
    });
}

void producer_engine::remove_retired()
{
    std::erase_if(retired_, [](const auto& each) { return each->in_flight().empty(); });
}

void producer_engine::submit(delivery_handle what)
{
    if (closing_) return answer(*what, error{errc::closed, "the producer is closed"});
    if (dead_) return answer(*what, *dead_);
    if (waiting_.size() >= how_.waiting)
        return answer(*what, error{errc::not_sent, "send to " + what->what->topic + ": " +
                                                       std::to_string(how_.waiting) + " sends wait already"});
    // What waits for one hand-over counts as sent at one time: looking at the clock costs as much as queueing.
    if (waiting_.empty() || full_ || !session_) since_ = clock_.now();
    what->deadline = since_ + time_limit_;
    waiting_.push_back(std::move(what));
    watch();
    plan();
}

void producer_engine::submit(shipment& what)
{
    for (std::size_t place = 0, all = what.each.size(); place < all; ++place)
        submit(delivery_handle{&what.each[place]});
}

clock::alarm producer_engine::end_wait_at(time_point when, delivery& what)
{
    return clock_.at(when, [this, &what] {
        answer(what, error{errc::outcome_unknown, "send to " + what.what->topic + ": no acknowledgement in time"});
    });
}

// What coroutines send in one turn of the loop goes over together at its end. More than that is not waited for:
// librdkafka gathers by itself what comes while its connection to a broker has its five requests in flight.
void producer_engine::plan()
{
    if (!waiting_.empty() && session_ && !full_ && !posted_) post_turn();
}

void producer_engine::post_turn()
{
    posted_ = true;
    asio::post(loop_, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->turn();
    });
}

// First those go on that have their answers, then what they send next is handed over with the rest.
void producer_engine::turn()
{
    struct next {
        producer_engine& mine;
        ~next()
        {
            mine.posted_ = false;
            mine.answered_->empty() ? mine.plan() : mine.post_turn();
        }
    } const afterwards{*this};
    answered_->run(one_turn);
    if (answered_->empty()) hand_over();
}

void producer_engine::hand_over()
{
    for (auto count = one_turn; count > 0 && session_ && !full_ && !waiting_.empty(); --count) {
        auto next = waiting_.take(waiting_.front());
        full_ = session_->hand_over(next) == producer_session::handed::full;
        if (full_) waiting_.push_front(std::move(next));
    }
    settled();
}

void producer_engine::reports_came()
{
    full_ = false;
    plan();
    settled();
    // Not here and now: one of them may be the caller.
    if (retired_.empty()) return;
    asio::post(loop_, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->remove_retired();
    });
}

void producer_engine::answer(delivery& what, result<position>&& with)
{
    if (closing_ && what.waiting && !with) ++unsent_;
    what.answer(std::move(with));
    if (!answered_->empty() && !posted_) post_turn();
}

void producer_engine::answer_waiting(const error& with)
{
    while (!waiting_.empty()) {
        const auto first = waiting_.take(waiting_.front());
        answer(*first, with);
    }
    settled();
}

// Every send has the same time limit, so the oldest of a list is the first to expire: one alarm is enough.
void producer_engine::watch()
{
    if (std::exchange(watched_, true)) return;
    watch_ = clock_.at(clock_.now() + time_limit_, [this] { expire(); });
}

void producer_engine::expire()
{
    const auto now = clock_.now();
    auto next = now + time_limit_;
    while (!waiting_.empty()) {
        if (waiting_.front().deadline > now) {
            next = std::min(next, waiting_.front().deadline);
            break;
        }
        const auto expired = waiting_.take(waiting_.front());
        answer(*expired, error{errc::not_sent, "send to " + expired->what->topic + ": no place in the queue in time"});
    }
    const auto expire_reports = [&](delivery_list& in_flight) {
        for (auto& each : in_flight) {
            if (!each.waiting) continue;
            if (each.deadline + report_delay > now) {
                next = std::min(next, each.deadline + report_delay);
                break;
            }
            answer(each, error{errc::outcome_unknown, "send to " + each.what->topic + ": no report in time"});
        }
    };
    if (session_) expire_reports(session_->in_flight());
    for (const auto& each : retired_) expire_reports(each->in_flight());
    watched_ = false;
    settled();
    if (outstanding() == 0) return;
    watched_ = true;
    watch_ = clock_.at(next, [this] { expire(); });
}

void producer_engine::settled()
{
    if (closing_ && outstanding() == 0) idle_.wake_all();
}

std::size_t producer_engine::outstanding() const noexcept
{
    auto count = waiting_.size() + (session_ ? session_->in_flight().size() : 0);
    for (const auto& each : retired_) count += each->in_flight().size();
    return count;
}

awaitable<std::size_t> producer_engine::close(time_point deadline)
{
    closing_ = true;
    while (outstanding() > 0)
        if (!co_await idle_.wait_until(deadline)) break;
    if (outstanding() > 0) {
        answer_waiting(error{errc::not_sent, "the producer was closed before"});
        if (session_) session_->purge();
        const auto end = clock_.now() + purge_time;
        while (outstanding() > 0)
            if (!co_await idle_.wait_until(end)) break;
    }
    end();
    co_return unsent_;
}

void producer_engine::end()
{
    closing_ = true;
    watch_.cancel();
    replacement_.cancel();
    answer_waiting(error{errc::not_sent, "the producer has gone"});
    if (session_) retired_.push_back(std::move(session_));
    for (const auto& each : retired_)
        for (auto& left : each->in_flight()) answer(left, error{errc::outcome_unknown, "the producer has gone"});
    retired_.clear();
    // This may be gone before the next turn.
    for (auto left = answered_->size(); left > 0; --left)
        asio::post(loop_, [answered = answered_] { answered->run(1); });
}

std::optional<std::int32_t> producer_engine::partitions_of(std::string_view topic) const
{
    const auto known = partitions_.find(topic);
    if (known == partitions_.end()) return std::nullopt;
    return known->second;
}

awaitable<result<std::int32_t>> producer_engine::learn(std::string topic)
{
    if (!session_) co_return error{errc::unavailable, "metadata of " + topic + ": there is no producer now"};
    auto ask = [client = session_->client(), topic](std::stop_token) { return ask_partitions(client->get(), topic); };
    const auto found = co_await blocking_.run(std::move(ask));
    if (found) partitions_.insert_or_assign(std::move(topic), *found);
    co_return found;
}

}  // namespace sluice::kafka::detail
