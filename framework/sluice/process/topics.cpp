#include "sluice/process/topics.hpp"

#include "sluice/kafka/admin.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

namespace sluice {
namespace {

constexpr duration pause = std::chrono::seconds{2};
constexpr std::chrono::milliseconds patience{5000};  // short: a request that runs is not cut when asked to stop

}  // namespace

awaitable<> create_topics(const environment& process, std::vector<needed_topic> needed)
{
    offload pool{{.threads = 1}};
    kafka::admin admin{process.kafka, pool, process.log, {.time_limit = patience}};
    for (;;) {
        const auto done = co_await admin.ensure({needed.begin(), needed.end()});
        if (done) {
            if (!done->created.empty()) process.log.info("created {}", fmt::join(done->created, ", "));
            for (const auto& one : done->differences) process.log.warning("the topic {}", one.message());
            co_return;
        }
        if (done.error() != errc::unavailable && done.error() != errc::timed_out) throw failure{done.error()};
        process.log.warning("the cluster does not answer, which is tried again: {}", done.error().message());
        co_await sleep_for(pause);
    }
}

}  // namespace sluice
