#pragma once

#include "integration/kafka/obedient_member.hpp"
#include "integration/process/words.hpp"
#include "sluice/testing/child_process.hpp"
#include "sluice/testing/temporary_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

/// The test program against an embedded broker of this process.
struct program_run {
    sluice::kafka::test_cluster cluster;
    sluice::testing::temporary_folder folder;
    std::filesystem::path output = folder / "output";
    std::optional<sluice::testing::child_process> child;

    program_run()
    {
        cluster.broker.create_topic(words.name(), words.partitions());
        cluster.broker.create_topic(copies.name(), copies.partitions());
        cluster.broker.create_topic("words.copiers.dlt", words.partitions());
        cluster.broker.create_topic("words.copiers.retry.0s", words.partitions());
    }

    void start(const sluice::asio::any_io_executor& loop, std::vector<std::string> arguments)
    {
        arguments.insert(arguments.begin(), SLUICE_TEST_PROGRAM);
        const auto is_create = [](const std::string& one) { return one.starts_with("--topics.create"); };
        if (std::ranges::none_of(arguments, is_create)) arguments.push_back("--topics.create=false");
        if (std::ranges::find(arguments, "--admin.listen") == arguments.end())
            arguments.insert(arguments.end(), {"--admin.listen", "127.0.0.1:0"});
        arguments.insert(arguments.end(),
                         {"--kafka.bootstrap.servers", cluster.broker.bootstrap_servers(), "--kafka.fetch.wait.max.ms",
                          "10", "--data.dir", (folder / "data").string()});
        child.emplace(loop,
                      sluice::testing::child_process::settings{.command = std::move(arguments), .output = output});
    }

    sluice::awaitable<> send(std::string text)
    {
        const word what{"a", std::move(text)};
        std::vector<sluice::outgoing> records(1, words.make(what));
        co_await cluster.send(std::move(records));
    }

    /// Waits until so many copies are in the log.
    sluice::awaitable<> copied(std::size_t count) { co_await cluster.read(copies.name(), count); }

    [[nodiscard]] std::string printed() const
    {
        std::stringstream text;
        text << std::ifstream{output}.rdbuf();
        return text.str();
    }
};

inline bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}
