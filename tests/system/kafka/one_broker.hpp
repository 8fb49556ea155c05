#pragma once

#include "declared_topic.hpp"
#include "sluice/kafka/admin.hpp"
#include "sluice/testing/kafka_server.hpp"
#include "sluice/testing/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <utility>
#include <vector>

namespace sluice {

/// Apache Kafka with one broker, in a folder of its own.
struct one_broker {
    explicit one_broker(asio::any_io_executor loop) : kafka{loop, {.folder = folder / "kafka"}} {}

    awaitable<> start(std::vector<topic_declaration> topics)
    {
        co_await kafka.start();
        kafka::admin admin{with(), blocking, {}};
        const auto ensured = co_await admin.ensure(std::move(topics));
        BOOST_REQUIRE_MESSAGE(ensured.has_value(), ensured.error().message());
    }
    [[nodiscard]] kafka::settings with(kafka::properties more = {}) const
    {
        more.emplace("bootstrap.servers", kafka.bootstrap_servers());
        return {.properties = std::move(more)};
    }

    sluice::testing::temporary_folder folder;
    offload blocking;
    testing::kafka_cluster kafka;
};

}  // namespace sluice
