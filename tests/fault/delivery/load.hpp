#pragma once

#include "sluice/base/offload.hpp"
#include "sluice/base/wait_queue.hpp"
#include "sluice/kafka/producer.hpp"

#include <filesystem>
#include <map>
#include <random>
#include <string>

/// Sends the known input: records of many keys, in each key numbered from 0 on, some of them shaky and some poison.
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

    /// Sends until `end` is called; returns when all are acknowledged. Throws when one is not.
    sluice::awaitable<> run();
    void end() noexcept { ending_ = true; }
    /// Waits until `more` are acknowledged, not counting those before.
    sluice::awaitable<> sends(std::size_t more);
    [[nodiscard]] std::size_t sent() const noexcept { return sent_; }

    /// {"k17": 203, …}: how many of each key were sent, for the checker.
    void describe(const std::filesystem::path& file) const;

private:
    std::vector<sluice::outgoing> next(std::size_t count);
    sluice::awaitable<> send(std::vector<sluice::outgoing> what);

    settings what_;
    std::mt19937_64 random_;
    std::map<std::string, std::int64_t> numbers_;
    std::size_t sent_ = 0;
    sluice::wait_queue acknowledged_;
    bool ending_ = false;
    sluice::clock& time_;
    sluice::offload blocking_;
    sluice::kafka::producer producer_;
};
