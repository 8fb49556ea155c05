#pragma once

#include "figure.hpp"

#include "sluice/base/offload.hpp"
#include "sluice/testing/kafka_server.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace sluice::bench {

/// Apache Kafka for the figures, started when the first of them needs it, and what they read.
class stage {
public:
    struct settings {
        std::filesystem::path folder;    ///< of the broker
        std::filesystem::path jars;      ///< of Apache Kafka; empty: TEST_KAFKA_JARS
        std::filesystem::path programs;  ///< of the workers
        std::string bootstrap;           ///< a Kafka that runs, instead of one of ours: what is there of data is used
    };

    explicit stage(settings what) : what_{std::move(what)} {}
    stage(const stage&) = delete;
    stage& operator=(const stage&) = delete;
    /// Ends the broker.
    ~stage();

    /// Makes and fills what of this is not there. Blocks. Throws what says why it cannot.
    void prepare(const std::vector<dataset>& data);
    /// Empty before the first `prepare` of something.
    [[nodiscard]] const std::string& bootstrap() const noexcept { return what_.bootstrap; }

private:
    void run(awaitable<> work);
    awaitable<> start();
    awaitable<> prepare(const dataset& what);
    void fill(const dataset& what) const;

    settings what_;
    asio::io_context loop_;
    offload pool_;
    std::unique_ptr<testing::kafka_cluster> kafka_;
};

}  // namespace sluice::bench
