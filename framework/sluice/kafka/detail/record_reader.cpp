#include "sluice/kafka/detail/record_reader.hpp"

#include "sluice/kafka/detail/fetched_record.hpp"
#include "sluice/kafka/detail/partition_list.hpp"
#include "sluice/kafka/errors.hpp"

#include <algorithm>

namespace sluice::kafka::detail {
namespace {

using namespace std::chrono_literals;

// Taken from librdkafka in one turn of the loop, also when nothing of it may come out.
constexpr std::size_t turn_budget = 1000;
// For librdkafka's main thread to hear of a seek; it never blocks for longer than a moment.
constexpr std::chrono::milliseconds seek_limit = 1s;
constexpr auto seek_pause = 20ms;

// The partition is about to be started, stopped or paused by librdkafka itself.
bool too_early(rd_kafka_resp_err_t refused)
{
    return refused == RD_KAFKA_RESP_ERR__STATE || refused == RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS ||
           refused == RD_KAFKA_RESP_ERR__OUTDATED || refused == RD_KAFKA_RESP_ERR__IN_PROGRESS;
}

}  // namespace

record_reader::record_reader(asio::any_io_executor loop, rd_kafka_t* client, callbacks tell)
    : loop_{loop},
      client_{client},
      tell_{std::move(tell)},
      queue_{std::move(loop), queue_handle{rd_kafka_queue_new(client)}, tell_.ready},
      refill_{client}
{
}

void record_reader::start(const positions& from)
{
    owned_.add(from);
    for (const auto& [where, offset, metadata] : from) {
        const queue_handle own{rd_kafka_queue_get_partition(client_, where.topic.c_str(), where.partition)};
        rd_kafka_queue_forward(own.get(), queue_.get());
    }
}

void record_reader::stop(const partitions& which)
{
    release(which);
    owned_.remove(which);
    for (const auto& each : which) seeks_.erase(each);
}

batch record_reader::read(std::size_t most)
{
    batch out;
    // What comes could be from before a seek.
    if (!seeks_.empty()) return out;
    out.records.reserve(std::min(most, rd_kafka_queue_length(queue_.get())));
    std::size_t taken = 0, bytes = 0;
    for (; out.records.size() < most; ++taken) {
        if (taken == turn_budget) {
            queue_.wake();
            break;
        }
        auto each = queue_.poll();
        if (!each) break;
        bytes += take(std::move(each), out);
    }
    refill_.took(taken, bytes);
    return out;
}

// How many bytes the event held.
std::size_t record_reader::take(event_handle event, batch& into)
{
    if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_FETCH) {
        tell_.event(std::move(event));
        return 0;
    }
    const auto* message = rd_kafka_event_message_next(event.get());
    if (!message) return 0;
    const auto bytes = message->key_len + message->len;
    std::string_view topic;
    if (owned_.admit(*message, topic)) into.records.push_back(to_record(std::move(event), *message, topic));
    return bytes;
}

positions record_reader::position(const partitions& of) const
{
    const auto list = to_list(of);
    rd_kafka_position(client_, list.get());
    auto all = to_positions(*list);
    for (auto& each : all) {
        const auto* ours = owned_.find(each.where);
        // librdkafka's goes past transaction markers; after a seek, and before the first record, it has none. While
        // it is held, or a seek is on its way, it also goes past records that were read and thrown away.
        const bool astray = ours && (ours->held || seeks_.contains(each.where));
        each.offset = !ours ? position::stored : astray ? ours->next : std::max(each.offset, ours->next);
    }
    return all;
}

void record_reader::seek(const positions& to)
{
    for (const auto& [where, offset, metadata] : to) {
        auto* ours = owned_.find(where);
        if (!ours) continue;
        ours->next = offset;
        if (ours->held) continue;  // `release` goes there
        seeks_[where] = offset == position::stored ? RD_KAFKA_OFFSET_INVALID : offset;
    }
    settle_seeks();
}

void record_reader::settle_seeks()
{
    if (seeks_.empty()) return;
    positions targets;
    for (const auto& [where, offset] : seeks_) targets.push_back({where, offset, {}});
    const auto list = to_list(targets);
    const error_handle not_heard{rd_kafka_seek_partitions(client_, list.get(), seek_limit.count())};
    for (int i = 0; i < list->cnt; ++i) {
        const auto& each = list->elems[i];
        if (too_early(each.err)) continue;
        if (each.err) tell_.failed(make_error(each.err, std::string{"seek in "} + each.topic));
        seeks_.erase({each.topic, each.partition});
    }
    if (seeks_.empty())
        queue_.wake();
    else
        seek_again_ = clock::of(loop_).at(clock::of(loop_).now() + seek_pause, [this] { settle_seeks(); });
}

partitions record_reader::owned_of(const partitions& which) const
{
    partitions ours;
    for (const auto& each : which)
        if (owned_.find(each)) ours.push_back(each);
    return ours;
}

void record_reader::hold(const partitions& which)
{
    const auto ours = owned_of(which);
    if (ours.empty()) return;
    for (const auto& each : ours) owned_.find(each)->held = true;
    rd_kafka_pause_partitions(client_, to_list(ours).get());
}

void record_reader::release(const partitions& which)
{
    partitions held;
    positions from;
    for (const auto& each : owned_of(which)) {
        auto& ours = *owned_.find(each);
        if (!std::exchange(ours.held, false)) continue;
        held.push_back(each);
        if (ours.next != position::stored) from.push_back({each, ours.next, {}});
    }
    if (held.empty()) return;
    // Some of it may have been read and dropped before librdkafka paused.
    seek(from);
    rd_kafka_resume_partitions(client_, to_list(held).get());
}

}  // namespace sluice::kafka::detail
