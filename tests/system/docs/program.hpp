#pragma once

#include "sluice/testing/kafka_server.hpp"
#include "sluice/testing/temporary_folder.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

/// A program that the documentation shows, on Apache Kafka.
class shown_program {
public:
    /// `variable` names the environment variable that says where the program is.
    shown_program(sluice::asio::any_io_executor loop, const char* variable)
        : kafka{loop, {.folder = folder_ / "kafka"}},
          loop_{std::move(loop)},
          variable_{variable}
    {
    }

    std::unique_ptr<sluice::testing::child_process> start(std::vector<std::string> arguments)
    {
        const auto name = "output-" + std::to_string(++started_) + ".txt";
        sluice::testing::child_process::settings what{.command = {std::getenv(variable_)},
                                                      .output = folder_ / name.c_str()};
        std::ranges::move(arguments, std::back_inserter(what.command));
        what.command.insert(what.command.end(), {"--kafka.bootstrap.servers", kafka.bootstrap_servers()});
        what.environment = {{"SLUICE_ADMIN_LISTEN", "off"}, {"SLUICE_DATA_DIR", (folder_ / "data").string()}};
        return std::make_unique<sluice::testing::child_process>(loop_, std::move(what));
    }

private:
    sluice::testing::temporary_folder folder_;

public:
    sluice::testing::kafka_cluster kafka;

private:
    sluice::asio::any_io_executor loop_;
    const char* variable_;
    int started_ = 0;
};
