#pragma once

#include "sluice/base/offload.hpp"
#include "sluice/kafka/consumer.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sluice::testing {

/// Reads topics from their beginnings, as a test does that looks at what came out. It is no member of a group, which
/// every broker takes seconds to form:
///
///     topic_reader reader{loop, cluster, blocking};
///     co_await reader.open("order.placed");
///     const auto orders = co_await reader.read(3);
///     co_await reader.close();
///
/// Used from the loop's thread; close it before it goes.
class topic_reader {
public:
    /// `blocking` outlives the reader.
    topic_reader(asio::any_io_executor loop, kafka::settings cluster, offload& blocking)
        : loop_{std::move(loop)},
          cluster_{std::move(cluster)},
          blocking_{blocking}
    {
    }

    /// All partitions that the topics have now. Once; throws `failure` (`errc::not_found`) if there is no such topic.
    awaitable<> open(std::vector<std::string> topics);
    awaitable<> open(std::string topic);

    /// The next `count` records, each partition's in order; throws `failure` (`errc::timed_out`) when there are not so
    /// many within `limit`. They own their bytes.
    awaitable<std::vector<record>> read(std::size_t count, duration limit = std::chrono::seconds{30});

    awaitable<> close();

private:
    awaitable<> collect(std::size_t count);

    asio::any_io_executor loop_;
    kafka::settings cluster_;
    offload& blocking_;
    std::string name_;
    positions start_;
    std::unique_ptr<kafka::consumer> from_;
    std::vector<record> read_;  // and not given out yet
};

}  // namespace sluice::testing
