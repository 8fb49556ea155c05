#pragma once

#include "sluice/testing/child_process.hpp"
#include "system/kafka/one_broker.hpp"

#include <fstream>
#include <string>
#include <vector>

namespace sluice {

/// The values in a topic as kcat reads them, to the end, in its own words of what is committed.
inline awaitable<std::vector<std::string>> read_with_kcat(const one_broker& cluster, std::string topic,
                                                          std::string isolation = "read_committed")
{
    const auto output = cluster.folder / ("kcat-" + topic + "-" + isolation + ".txt").c_str();
    std::filesystem::remove(output);
    testing::child_process::settings what;
    what.command = {"kcat",  "-b", cluster.kafka.bootstrap_servers(), "-q", "-C", "-e", "-u", "-o", "beginning", "-f",
                    "%s\\n", "-X", "isolation.level=" + isolation,    "-t", topic};
    what.output = output;
    testing::child_process kcat{co_await asio::this_coro::executor, what};
    const int status = co_await kcat.wait();
    BOOST_TEST_REQUIRE(status == 0);
    std::ifstream lines{output};
    std::vector<std::string> values;
    for (std::string line; std::getline(lines, line);) values.push_back(line);
    co_return values;
}

}  // namespace sluice
