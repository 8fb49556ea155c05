#include "system/orders/order_system.hpp"

#include "content.hpp"
#include "sluice/testing/until.hpp"
#include "variable.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

using namespace sluice;
using namespace std::chrono_literals;
using testing::child_process;
namespace json = boost::json;

namespace {

bool serves(const std::string& role)
{
    constexpr std::string_view silent[]{"payment", "email", "order-status"};
    return std::ranges::find(silent, role) == std::end(silent);
}

unsigned short port_in(const std::string& line)
{
    const std::string before = "http://127.0.0.1:";
    return static_cast<unsigned short>(std::stoi(line.substr(line.find(before) + before.size())));
}

// Groups notice within seconds that a member has died, in either protocol.
const std::map<std::string, std::string> quick_groups{{"group.consumer.min.session.timeout.ms", "6000"},
                                                      {"group.consumer.session.timeout.ms", "6000"},
                                                      {"group.consumer.min.heartbeat.interval.ms", "500"},
                                                      {"group.consumer.heartbeat.interval.ms", "500"}};

// kcat writes a record's bytes into its JSON as they are. Boost.JSON wants text, so each byte is a Latin-1 letter
// there.
std::string latin1_to_utf8(std::string_view bytes)
{
    std::string text;
    for (const unsigned char byte : bytes)
        if (byte < 0x80)
            text += static_cast<char>(byte);
        else
            text.append({static_cast<char>(0xc0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3f))});
    return text;
}

std::optional<std::string> bytes_of(const json::value& value)
{
    if (value.is_null()) return std::nullopt;
    const auto& text = value.as_string();
    std::string bytes;
    for (auto letter = text.begin(); letter != text.end(); ++letter) {
        const int high = *letter & 0x80 ? *letter++ << 6 : 0;
        bytes += static_cast<char>(high ? high | (*letter & 0x3f) : *letter);
    }
    return bytes;
}

seen_record parse_envelope(const std::string& line)
{
    const auto all = json::parse(latin1_to_utf8(line)).as_object();
    seen_record one{all.at("partition").as_int64(),
                    all.at("offset").as_int64(),
                    bytes_of(all.at("key")),
                    bytes_of(all.at("payload")),
                    {}};
    const auto* headers = all.if_contains("headers");
    if (headers == nullptr) return one;
    const auto& list = headers->as_array();
    for (std::size_t i = 0; i + 1 < list.size(); i += 2)
        one.headers.emplace_back(bytes_of(list[i]).value(), bytes_of(list[i + 1]));
    return one;
}

}  // namespace

role_process::role_process(const asio::any_io_executor& loop, child_process::settings what, bool serves)
    : process{loop, std::move(what)},
      loop_{loop},
      serves_{serves}
{
}

awaitable<> role_process::ready()
{
    if (serves_) {
        const auto serving = co_await process.says("serving on http://");
        port_ = port_in(serving);
    }
    const auto health = co_await process.says("health, metrics");
    const http::client_settings where{.port = port_in(health)};
    admin_.emplace(loop_, where);
    const auto is_ready = [&]() -> awaitable<bool> {
        const auto answer = co_await admin_->get("/readyz");
        co_return answer && answer->status == 200;
    };
    co_await testing::until(is_ready, "the role is ready");
}

awaitable<std::int64_t> role_process::metric(std::string name)
{
    const auto page = co_await admin_->get("/metrics");
    BOOST_REQUIRE(page.has_value());
    std::istringstream lines{page->body};
    double sum = 0;
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(name + "{") || line.starts_with(name + " "))
            sum += std::stod(line.substr(line.rfind(' ')));
    co_return static_cast<std::int64_t>(sum);
}

bool role_process::runs_on(const std::string& library) const
{
    return content("/proc/" + std::to_string(process.pid()) + "/maps").find(library) != std::string::npos;
}

std::string seen_record::header(std::string_view name) const
{
    const auto found = std::ranges::find(headers, name, [](const auto& one) -> std::string_view { return one.first; });
    return found == headers.end() ? "" : found->second.value_or("");
}

order_system::order_system(asio::any_io_executor loop, settings what)
    : kafka{loop, {.folder = folder / "kafka", .properties = quick_groups}},
      loop_{std::move(loop)},
      what_{std::move(what)}
{
}

child_process::settings order_system::command_of(const std::string& role, const std::vector<std::string>& flags)
{
    child_process::settings what;
    what.output = folder / (std::to_string(++started_) + "-" + role + ".log").c_str();
    what.command = {variable("TEST_APPS"),
                    "run",
                    role,
                    "--admin.listen",
                    "127.0.0.1:0",
                    "--data.dir",
                    (folder / "data").string(),
                    "--kafka.bootstrap.servers",
                    kafka.bootstrap_servers()};
    const auto port = "--" + role + ".http.port";
    if (serves(role) && std::ranges::find(flags, port) == flags.end())
        what.command.insert(what.command.end(), {port, "0"});
    std::ranges::copy(what_.flags, std::back_inserter(what.command));
    std::ranges::copy(flags, std::back_inserter(what.command));
    if (what_.newest_librdkafka) what.environment["LD_PRELOAD"] = variable("TEST_NEWEST_LIBRDKAFKA");
    return what;
}

awaitable<std::unique_ptr<role_process>> order_system::run(std::string role, std::vector<std::string> flags)
{
    auto started = std::make_unique<role_process>(loop_, command_of(role, flags), serves(role));
    co_await started->ready();
    const auto newest = std::filesystem::canonical(variable("TEST_NEWEST_LIBRDKAFKA")).string();
    BOOST_TEST(started->runs_on(newest) == what_.newest_librdkafka);
    co_return started;
}

child_process::settings order_system::shell_command(std::string command)
{
    const auto output = folder / ("shell-" + std::to_string(++started_) + ".txt").c_str();
    return {{"sh", "-c", "exec 2>" + output.string() + ".err\n" + std::move(command)}, output};
}

awaitable<std::string> order_system::shell(std::string command)
{
    const auto what = shell_command(command);
    child_process running{loop_, what};
    const int status = co_await running.wait();
    BOOST_REQUIRE_MESSAGE(
        status == 0, command << "\nended with status " << status << ": " << content(what.output.string() + ".err"));
    co_return content(what.output);
}

std::string order_system::offline_tool(const std::string& main_class) const
{
    std::string command;
    for (const auto& word : kafka.tool(main_class)) command += "'" + word + "' ";
    return command;
}

std::string order_system::tool(const std::string& main_class) const
{
    return offline_tool(main_class) + "--bootstrap-server " + kafka.bootstrap_servers() + " ";
}

std::string order_system::file(std::string_view content)
{
    const auto path = folder / ("input-" + std::to_string(++started_)).c_str();
    std::ofstream{path, std::ios::binary} << content;
    return path.string();
}

awaitable<std::vector<seen_record>> order_system::read(std::string topic, std::size_t at_least)
{
    const auto until = at_least > 0 ? " -c " + std::to_string(at_least) : " -e";
    std::istringstream lines{co_await shell(kcat() + "-C -J -o beginning -t " + topic + until)};
    std::vector<seen_record> all;
    for (std::string line; std::getline(lines, line);) all.push_back(parse_envelope(line));
    co_return all;
}

awaitable<std::vector<std::int64_t>> order_system::ends(std::string topic, int partitions)
{
    auto command = kcat() + "-Q";
    for (int i = 0; i < partitions; ++i) command += " -t " + topic + ":" + std::to_string(i) + ":-1";
    std::istringstream lines{co_await shell(command)};
    std::vector<std::int64_t> offsets(static_cast<std::size_t>(partitions));
    for (std::string line; std::getline(lines, line);)  // inventory.reserved [3] offset 17
        offsets.at(std::stoul(line.substr(line.find('[') + 1))) = std::stoll(line.substr(line.rfind(' ')));
    co_return offsets;
}
