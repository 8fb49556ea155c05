#include "sluice/kafka/detail/offset_requests.hpp"

#include "sluice/kafka/detail/partition_list.hpp"
#include "sluice/kafka/detail/version.hpp"
#include "sluice/kafka/errors.hpp"

#include <chrono>

namespace sluice::kafka::detail {
namespace {

std::span<const rd_kafka_topic_partition_t> entries(const rd_kafka_topic_partition_list_t* list)
{
    if (!list) return {};
    return {list->elems, static_cast<std::size_t>(list->cnt)};
}

// A partition that is lost matters more than one that has to wait.
int weight(rd_kafka_resp_err_t code)
{
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
    const auto outcome = outcome_of(code);
    if (outcome == errc::assignment_lost) return 3;
    return outcome == errc::rebalancing ? 2 : 1;
}

// Of the request's error and its partitions' errors.
rd_kafka_resp_err_t worst_of(rd_kafka_resp_err_t whole, const rd_kafka_topic_partition_list_t* list)
{
    auto worst = whole;
    for (const auto& each : entries(list))
        if (weight(each.err) > weight(worst)) worst = each.err;
    return worst;
}

bool is_behind(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION || code == stale_member_epoch;
}

}  // namespace

// Waits for the event that carries its id.
struct offset_requests::request {
    request(offset_requests& of, std::string_view what) : of{of}, what{what}, id{++of.last_id_}
    {
        of.waiting_.emplace(id, this);
    }
    request(const request&) = delete;
    request& operator=(const request&) = delete;
    ~request() { of.waiting_.erase(id); }

    [[nodiscard]] void* opaque() const noexcept { return reinterpret_cast<void*>(id); }

    offset_requests& of;
    const std::string what;
    const std::uintptr_t id;
    event_handle answer;
};

offset_requests::offset_requests(std::shared_ptr<client> client, rd_kafka_queue_t* replies, std::string group,
                                 offload& blocking)
    : client_{std::move(client)},
      replies_{replies},
      blocking_{blocking},
      group_{std::move(group)}
{
}

awaitable<result<>> offset_requests::answer(const request& to, time_point until)
{
    while (client_ && !to.answer) {
        const bool in_time = co_await answered_.wait_until(until);
        if (!in_time) co_return error{errc::timed_out, to.what + ": the coordinator did not answer in time"};
    }
    if (!to.answer) co_return error{errc::closed, to.what + ": the consumer is closed"};
    co_return result<>{};
}

awaitable<result<>> offset_requests::commit(positions finished, time_point until)
{
    const std::string what = "commit offsets of group " + group_;
    if (finished.empty()) co_return result<>{};
    while (client_ && commit_in_flight_ != 0) {
        const bool in_time = co_await answered_.wait_until(until);
        if (!in_time) co_return error{errc::timed_out, what + ": an earlier commit still waits for its answer"};
    }
    if (!client_) co_return error{errc::closed, what + ": the consumer is closed"};
    if (rd_kafka_assignment_lost(client_->get())) co_return make_error(RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, what);

    request mine{*this, what};
    const auto list = to_list(finished);
    const auto asked = rd_kafka_commit_queue(client_->get(), list.get(), replies_, nullptr, mine.opaque());
    if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) co_return make_error(asked, what);
    commit_in_flight_ = mine.id;

    auto answered = co_await answer(mine, until);
    if (!answered) co_return answered;
    auto* event = mine.answer.get();
    const auto worst = worst_of(rd_kafka_event_error(event), rd_kafka_event_topic_partition_list(event));
    auto done = check(worst, what);
    // The group is in its next generation already and librdkafka about to follow, unless it says that all is lost.
    if (is_behind(worst) && client_ && !rd_kafka_assignment_lost(client_->get()))
        co_return error{errc::rebalancing, done.error().detail};
    co_return done;
}

awaitable<result<positions>> offset_requests::committed(partitions of, std::chrono::milliseconds limit)
{
    const std::string what = "read committed offsets of group " + group_;
    if (of.empty()) co_return positions{};
    if (!client_) co_return error{errc::closed, what + ": the consumer is closed"};
    const auto list = to_list(of);
    const auto ask = [client = client_, &list, limit](std::stop_token) {
        return rd_kafka_committed(client->get(), list.get(), static_cast<int>(limit.count()));
    };
    const auto asked = co_await blocking_.run(ask);
    const auto worst = worst_of(asked, list.get());
    if (worst != RD_KAFKA_RESP_ERR_NO_ERROR) co_return make_error(worst, what);
    co_return to_positions(*list);
}

void offset_requests::on_reply(event_handle event)
{
    const auto id = reinterpret_cast<std::uintptr_t>(rd_kafka_event_opaque(event.get()));
    if (id == commit_in_flight_) commit_in_flight_ = 0;
    if (const auto asker = waiting_.find(id); asker != waiting_.end()) asker->second->answer = std::move(event);
    answered_.wake_all();
}

void offset_requests::close()
{
    client_.reset();
    answered_.wake_all();
}

}  // namespace sluice::kafka::detail
