#include "browser.hpp"

#include "sluice/testing/run_test.hpp"
#include "sluice/testing/until.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::chrono_literals;
namespace json = boost::json;

browser::browser(asio::any_io_executor loop) : loop_{std::move(loop)} {}

awaitable<> browser::start()
{
    testing::child_process::settings what{.command = {"chromedriver", "--port=" + std::to_string(port_)},
                                          .output = folder_ / "driver.txt"};
    driver_.emplace(loop_, std::move(what));
    const auto ready = co_await driver_->says("started successfully");
    client_.emplace(loop_, http::client_settings{.port = port_, .time_limit = 60s});
    // Its sandbox wants rights that a container often does not give; all it shows here is ours.
    const json::array flags{"--headless=new",
                            "--no-sandbox",
                            "--disable-gpu",
                            "--disable-dev-shm-usage",
                            "--window-size=1200,1000",
                            "--lang=en-US",
                            "--user-data-dir=" + (folder_ / "profile").string()};
    const json::value wanted{
        {"capabilities",
         {{"alwaysMatch", {{"goog:chromeOptions", {{"args", flags}}}, {"goog:loggingPrefs", {{"browser", "ALL"}}}}}}}};
    const auto session = co_await command("POST", "/session", wanted);
    session_ = session.at("sessionId").as_string().c_str();
}

awaitable<json::value> browser::command(std::string method, std::string path, json::value body)
{
    http::request asked{.method = std::move(method), .target = std::move(path)};
    asked.headers = {{"Content-Type", "application/json"}};
    if (asked.method == "POST") asked.body = json::serialize(body);
    const auto got = (co_await client_->send(std::move(asked))).value();
    auto answer = json::parse(got.body).at("value");
    BOOST_TEST_REQUIRE(got.status == 200u, json::serialize(answer));
    co_return answer;
}

awaitable<> browser::open(std::string url)
{
    const json::value where{{"url", url}};
    co_await command("POST", "/session/" + session_ + "/url", where);
}

awaitable<json::value> browser::run(std::string script)
{
    const json::value what{{"script", script}, {"args", json::array{}}};
    co_return co_await command("POST", "/session/" + session_ + "/execute/sync", what);
}

awaitable<> browser::until(std::string script)
{
    const auto is_true = [&]() -> awaitable<bool> {
        const auto got = co_await run(script);
        co_return got.is_bool() && got.get_bool();
    };
    std::exception_ptr in_vain;
    try {
        co_await testing::until(is_true, script, 20s);
    } catch (const testing::test_failure&) {
        in_vain = std::current_exception();
    }
    if (!in_vain) co_return;
    const auto page = co_await run("return document.body.innerText");
    BOOST_TEST_MESSAGE("the page shows: " << json::serialize(page));
    std::rethrow_exception(in_vain);
}

awaitable<json::array> browser::complaints()
{
    const json::value kind{{"type", "browser"}};
    const auto all = co_await command("POST", "/session/" + session_ + "/se/log", kind);
    co_return all.as_array();
}

awaitable<> browser::prefer_dark()
{
    const json::object dark{{"name", "prefers-color-scheme"}, {"value", "dark"}};
    json::array features;
    features.push_back(dark);
    const json::value what{{"cmd", "Emulation.setEmulatedMedia"}, {"params", {{"features", features}}}};
    co_await command("POST", "/session/" + session_ + "/goog/cdp/execute", what);
}

awaitable<> browser::stop()
{
    co_await command("DELETE", "/session/" + session_, nullptr);
    client_.reset();
    co_await driver_->stop();
}
