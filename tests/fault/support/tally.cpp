#include "tally.hpp"

#include "content.hpp"
#include "sluice/base/clock.hpp"
#include "sluice/testing/child_process.hpp"
#include "variable.hpp"

#include <boost/json.hpp>

#include <iostream>

using namespace sluice;
using namespace std::chrono_literals;
namespace json = boost::json;

tally::tally(asio::any_io_executor loop, const evidence& folder)
    : loop_{std::move(loop)},
      folder_{folder},
      plan_{folder / "plan.log"}
{
}

void tally::count(const std::string& what)
{
    ++counts_[what];
    plan_ << clock::of(loop_).now().time_since_epoch() / 1ms << " ms: " << what << std::endl;
}

awaitable<> tally::judge(std::string program_and_flags)
{
    const auto client = std::filesystem::path{variable("TEST_NEWEST_LIBRDKAFKA")}.parent_path();
    const auto verdict = folder_ / "verdict.json";
    const auto command = "exec python3 " + variable("TEST_FAULT_CHECKERS") + "/" + program_and_flags + " --client " +
                         client.string() + " --folder " + (folder_ / "").string() + " 2>" +
                         (folder_ / "checker.log").string();
    testing::child_process::settings run{{"sh", "-c", command}, verdict, {{"PYTHONDONTWRITEBYTECODE", "1"}}};
    testing::child_process checker{loop_, std::move(run)};
    const int status = co_await checker.wait();
    BOOST_REQUIRE_MESSAGE(status == 0, "the checker failed: " << content(folder_ / "checker.log"));
    const auto found = json::parse(content(verdict)).as_object();
    for (const auto& one : found.at("violations").as_array()) BOOST_ERROR(one.as_string().c_str());
    auto all = found.at("counts").as_object();
    count("verdicts");
    for (const auto& [what, times] : counts_) all[what] = times;
    if (std::getenv("TEST_FAULT_KEEP")) std::cout << content(folder_ / "plan.log");
    std::cout << "faults: " << json::serialize(all) << std::endl;
}
