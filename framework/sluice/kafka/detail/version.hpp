#pragma once

#include <librdkafka/rdkafka.h>

/// The one place that knows which librdkafka can do what. It asks the library that runs, not the header it was
/// compiled with: the ABI is stable, so a program may well run on a newer one.
namespace sluice::kafka::detail {

static_assert(RD_KAFKA_VERSION >= 0x020002ff, "librdkafka 2.0.2 or newer is needed");

inline bool library_since(int major, int minor, int revision = 0) noexcept
{
    return rd_kafka_version() >= (major << 24 | minor << 16 | revision << 8);
}

/// A commit during a cooperative rebalance can lose the assignment before (librdkafka #4059).
inline bool cooperative_is_safe() noexcept
{
    return library_since(2, 10);
}

/// Before, a cooperative member whose client is destroyed between its joining and its first assignment aborts the
/// process (librdkafka #4312).
inline bool may_end_while_joining() noexcept
{
    return library_since(2, 3);
}

/// It can be told how soon to look for room in its queue (`fetch.queue.backoff.ms`); before, it sleeps for a second.
inline bool fetches_when_there_is_room() noexcept
{
    return library_since(2, 2);
}

/// The new group protocol (KIP-848) is for production from here on.
inline bool has_consumer_protocol() noexcept
{
    return library_since(2, 12);
}

// Error codes of the new group protocol, unknown to older headers.
inline constexpr auto unknown_subscription_id = static_cast<rd_kafka_resp_err_t>(114);
inline constexpr auto fenced_member_epoch = static_cast<rd_kafka_resp_err_t>(110);
inline constexpr auto unreleased_instance_id = static_cast<rd_kafka_resp_err_t>(111);
inline constexpr auto stale_member_epoch = static_cast<rd_kafka_resp_err_t>(113);

}  // namespace sluice::kafka::detail
