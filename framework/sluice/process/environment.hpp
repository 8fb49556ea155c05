#pragma once

#include "sluice/kafka/producer.hpp"
#include "sluice/process/role_table.hpp"
#include "sluice/process/settings.hpp"
#include "sluice/telemetry/log.hpp"
#include "sluice/telemetry/metrics.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <typeindex>

namespace sluice {

/// Objects that all shards of a role share. Thread-safe.
class shared_objects {
public:
    using maker = std::function<std::shared_ptr<void>()>;

    /// The role's object of this type, made by the first that asks while the others wait.
    std::shared_ptr<void> get(const std::string& role, std::type_index type, const maker& make);
    void clear();

private:
    std::mutex mutex_;
    std::map<std::pair<std::string, std::type_index>, std::shared_ptr<void>> objects_;
};

/// What a process knows once its command line is read. Shards read it from their threads; it outlives them.
struct environment {
    /// Throws `usage_error` where a setting of the framework has a bad value.
    environment(std::string program, role_table table, sluice::settings given);
    environment(const environment&) = delete;
    environment& operator=(const environment&) = delete;

    /// Makes `log` anew from its settings.
    void use_log_settings();
    /// Takes the `kafka.` settings over into `kafka`, on top of what is there.
    void use_kafka_settings();
    /// How this process's producers are to be made.
    [[nodiscard]] kafka::producer_settings producing() const;

    std::string program;
    role_table table;
    sluice::settings settings;
    std::string instance;  ///< this process among those of its program: the setting, or drawn at random
    logger log;
    metrics numbers;
    kafka::settings kafka;
    shared_objects shared;
};

/// The settings that every program of the framework knows: the fixed ones, and a port for each role that serves.
std::vector<setting_declaration> framework_settings(role_table table);

}  // namespace sluice
