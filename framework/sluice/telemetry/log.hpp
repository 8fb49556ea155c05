#pragma once

#include <spdlog/fmt/fmt.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spdlog {
class logger;
namespace sinks {
class sink;
}
}  // namespace spdlog

namespace sluice {

enum class log_level { debug, info, warning, error, off };

/// Writes lines, each with the fields of its context: role, topic, partition, offset, trace … On a terminal
/// `12:34:56.789 info    inventory order.placed/3@1042  reserved 2 items  trace=…`, else a JSON object a line with
/// time (UTC), level, message and the fields. What a line is made of is escaped, so it stays one line of valid text.
/// A copy is cheap and shares the sink. Never throws while it writes. Thread-safe.
class logger {
public:
    /// Discards everything.
    logger() = default;

    /// This logger with one more field; one of the same name is replaced. `time`, `level` and `message` are taken.
    [[nodiscard]] logger with(std::string name, std::string value) const;
    [[nodiscard]] logger with(std::string name, std::int64_t value) const;

    template <class... Args>
    void debug(fmt::format_string<Args...> text, Args&&... args) const noexcept
    {
        write(log_level::debug, text, args...);
    }
    template <class... Args>
    void info(fmt::format_string<Args...> text, Args&&... args) const noexcept
    {
        write(log_level::info, text, args...);
    }
    template <class... Args>
    void warning(fmt::format_string<Args...> text, Args&&... args) const noexcept
    {
        write(log_level::warning, text, args...);
    }
    template <class... Args>
    void error(fmt::format_string<Args...> text, Args&&... args) const noexcept
    {
        write(log_level::error, text, args...);
    }

    [[nodiscard]] bool enabled(log_level level) const noexcept;

    struct settings {
        enum class shape { automatic, text, json };  ///< automatic: text on a terminal, JSON lines otherwise
        shape format = shape::automatic;
        log_level level = log_level::info;
    };
    /// A logger to standard error. The one way to make one, so that a program has one place that decides.
    static logger to_stderr(const settings& how);
    /// A logger whose finished lines, without their line ends, go to `sink`, one at a time: for tests.
    static logger to(std::function<void(std::string_view line)> sink, log_level level = log_level::debug,
                     settings::shape format = settings::shape::json);

private:
    struct field {
        std::string name, value;
        bool number = false;
    };

    logger(std::shared_ptr<spdlog::sinks::sink> sink, log_level level, bool json);
    [[nodiscard]] logger with(field added) const;

    template <class... Args>
    void write(log_level level, fmt::string_view text, Args&... args) const noexcept
    {
        if (enabled(level)) write_line(level, text, fmt::make_format_args(args...));
    }
    void write_line(log_level level, fmt::string_view text, fmt::format_args args) const noexcept;
    [[nodiscard]] std::string as_text(std::string_view message) const;
    [[nodiscard]] std::string as_json(std::string_view message) const;

    std::shared_ptr<spdlog::logger> backend_;
    bool json_ = false;
    std::vector<field> fields_;
};

}  // namespace sluice
