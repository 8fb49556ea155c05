#pragma once

#include "fault/load_record.hpp"
#include "sluice/base/offload.hpp"
#include "sluice/base/wait_queue.hpp"
#include "sluice/kafka/producer.hpp"

#include <filesystem>
#include <map>
#include <random>
#include <string>

/// What became of the records of a key, `given` in all: the numbers of those that are not acknowledged.
struct load_of_key {
    std::int64_t given = 0;
    std::vector<std::int64_t> not_sent = {}, unknown = {};
};
BOOST_DESCRIBE_STRUCT(load_of_key, (), (given, not_sent, unknown))

/// Sends the known input: records of many keys, in each key numbered from 0 on, some of them shaky and some poison.
/// Believes every answer: what is acknowledged, what is not sent and what nobody knows is written down for the checker.
class load {
public:
    struct settings {
        std::string topic;
        std::uint64_t seed = 1;
        std::size_t keys = 500;
        std::size_t rate = 1000;  ///< records a second
        double poison = 0.01, shaky = 0.02;
    };

    load(sluice::asio::any_io_executor loop, sluice::kafka::settings cluster, settings what);

    /// Sends until `end` is called; returns when all are answered. Throws when one is refused.
    sluice::awaitable<> run();
    void end() noexcept { ending_ = true; }
    /// Waits until `more` are acknowledged, not counting those before.
    sluice::awaitable<> sends(std::size_t more);
    [[nodiscard]] std::size_t sent() const noexcept { return sent_; }

    /// {"k17": {"given": 203, "not_sent": [7], "unknown": []}, …}, for the checker.
    void describe(const std::filesystem::path& file) const;

private:
    std::vector<fault::load_record> next(std::size_t count);
    sluice::awaitable<> send(std::vector<fault::load_record> what);

    settings what_;
    std::mt19937_64 random_;
    std::map<std::string, load_of_key> keys_;
    std::size_t sent_ = 0;
    sluice::wait_queue acknowledged_;
    bool ending_ = false;
    sluice::clock& time_;
    sluice::offload blocking_;
    sluice::kafka::producer producer_;
};
