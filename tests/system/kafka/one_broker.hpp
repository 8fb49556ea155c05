#pragma once

#include "sluice/kafka/admin.hpp"
#include "sluice/testing/kafka_server.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>
#include <filesystem>
#include <string>

namespace sluice {

/// Apache Kafka with one broker, in a folder of its own.
struct one_broker {
    explicit one_broker(asio::any_io_executor loop) : kafka{loop, {.folder = folder.path}} {}

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

    struct temporary {
        std::filesystem::path path =
            std::filesystem::temp_directory_path() / ("sluice-kafka-" + std::to_string(getpid()));
        ~temporary() { std::filesystem::remove_all(path); }
    };
    temporary folder;
    offload blocking;
    testing::kafka_cluster kafka;
};

struct declared_topic : topic_declaration {
    declared_topic(std::string name, topic_settings how) : topic_declaration{std::move(name), std::move(how)} {}
};

}  // namespace sluice
