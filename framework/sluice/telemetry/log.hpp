#pragma once

#include <spdlog/fmt/fmt.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spdlog {
class logger;
}

namespace sluice {

enum class log_level { debug, info, warning, error, off };

/// Writes lines, each with the fields of its context (role, topic, partition, offset, trace …). A copy is cheap
/// and shares the sink. Thread-safe.
class logger {
public:
    using field = std::pair<std::string, std::string>;

    /// Discards everything.
    logger() = default;

    /// This logger with more fields; a field of the same name is replaced.
    [[nodiscard]] logger with(std::string name, std::string value) const;

    template <class... Args>
    void debug(fmt::format_string<Args...> text, Args&&... args) const
    {
        write(log_level::debug, text, args...);
    }
    template <class... Args>
    void info(fmt::format_string<Args...> text, Args&&... args) const
    {
        write(log_level::info, text, args...);
    }
    template <class... Args>
    void warning(fmt::format_string<Args...> text, Args&&... args) const
    {
        write(log_level::warning, text, args...);
    }
    template <class... Args>
    void error(fmt::format_string<Args...> text, Args&&... args) const
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
    /// A logger whose finished lines go to `sink`, for tests; JSON lines.
    static logger to(std::function<void(std::string_view line)> sink, log_level level = log_level::debug);

private:
    template <class... Args>
    void write(log_level level, fmt::string_view text, Args&... args) const
    {
        if (enabled(level)) write_line(level, fmt::vformat(text, fmt::make_format_args(args...)));
    }
    void write_line(log_level level, std::string text) const;

    std::shared_ptr<spdlog::logger> backend_;
    bool json_ = false;
    std::vector<field> fields_;
};

}  // namespace sluice
