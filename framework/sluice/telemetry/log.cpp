#include "sluice/telemetry/log.hpp"

#include "sluice/base/json_text.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <mutex>

#include <unistd.h>

namespace sluice {
namespace {

using shape = logger::settings::shape;

spdlog::level::level_enum to_spdlog(log_level level)
{
    switch (level) {
        case log_level::debug: return spdlog::level::debug;
        case log_level::info: return spdlog::level::info;
        case log_level::warning: return spdlog::level::warn;
        case log_level::error: return spdlog::level::err;
        case log_level::off: break;
    }
    return spdlog::level::off;
}

class callback_sink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit callback_sink(std::function<void(std::string_view)> callback) : callback_{std::move(callback)} {}

private:
    void sink_it_(const spdlog::details::log_msg& message) override
    {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        callback_({line.data(), line.size()});
    }
    void flush_() override {}

    std::function<void(std::string_view)> callback_;
};

/// spdlog writes the time and the level, `as_text` and `as_json` what comes after them.
void set_format(spdlog::sinks::sink& sink, bool json, std::string end)
{
    const auto zone = json ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local;
    const std::string pattern =
        json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%v})" : "%H:%M:%S.%e %^%-7l%$ %v";
    sink.set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern, zone, std::move(end)));
}

std::string render(fmt::string_view text, fmt::format_args args)
{
    try {
        return fmt::vformat(text, args);
    } catch (const std::exception& error) {
        return std::string{text.data(), text.size()} + " (" + error.what() + ')';
    }
}

constexpr auto unlimited = std::string_view::npos;

}  // namespace

logger::logger(std::shared_ptr<spdlog::sinks::sink> sink, log_level level, bool json)
    : backend_{std::make_shared<spdlog::logger>("sluice", std::move(sink))},
      json_{json}
{
    backend_->set_level(to_spdlog(level));
}

logger logger::to_stderr(const settings& how)
{
    const bool json = how.format == shape::json || (how.format == shape::automatic && isatty(STDERR_FILENO) == 0);
    std::shared_ptr<spdlog::sinks::sink> sink;
    if (json)
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else
        sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    set_format(*sink, json, "\n");
    return {std::move(sink), how.level, json};
}

logger logger::to(std::function<void(std::string_view)> callback, log_level level, shape format)
{
    auto sink = std::make_shared<callback_sink>(std::move(callback));
    set_format(*sink, format != shape::text, "");
    return {std::move(sink), level, format != shape::text};
}

logger logger::with(std::string name, std::string value) const
{
    return with(field{std::move(name), std::move(value)});
}

logger logger::with(std::string name, std::int64_t value) const
{
    return with(field{std::move(name), std::to_string(value), true});
}

logger logger::with(field added) const
{
    logger more = *this;
    const auto old = std::ranges::find(more.fields_, added.name, &field::name);
    if (old == more.fields_.end())
        more.fields_.push_back(std::move(added));
    else
        *old = std::move(added);
    return more;
}

bool logger::enabled(log_level level) const noexcept
{
    return backend_ && level != log_level::off && backend_->should_log(to_spdlog(level));
}

void logger::write_line(log_level level, fmt::string_view text, fmt::format_args args) const noexcept
{
    try {
        const std::string message = render(text, args);
        backend_->log(to_spdlog(level), json_ ? as_json(message) : as_text(message));
    } catch (...) {
        // A log that cannot be written is no reason to fail the work it tells of.
    }
}

std::string logger::as_text(std::string_view message) const
{
    std::string where, rest;
    for (const auto& [name, value, number] : fields_) {
        if (name == "role" || name == "topic")
            where.append(where.empty() ? "" : " ").append(printable(value, unlimited));
        else if (name == "partition" || name == "offset")
            where.append(name == "offset" ? "@" : "/").append(printable(value, unlimited));
        else
            rest.append("  ").append(printable(name, unlimited)).append("=").append(printable(value, unlimited));
    }
    return where + (where.empty() ? "" : "  ") + printable(message, unlimited) + rest;
}

std::string logger::as_json(std::string_view message) const
{
    std::string line;
    append_json_string(line, message);
    for (const auto& [name, value, number] : fields_) {
        append_json_string(line += ',', name);
        line += ':';
        number ? void(line += value) : append_json_string(line, value);
    }
    return line;
}

}  // namespace sluice
