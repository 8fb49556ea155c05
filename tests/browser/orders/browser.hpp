#pragma once

#include "sluice/http/client.hpp"
#include "sluice/testing/child_process.hpp"
#include "sluice/testing/temporary_folder.hpp"

#include <boost/json/value.hpp>

#include <memory>
#include <optional>
#include <string>

/// Chromium with one tab, driven over WebDriver (W3C) by chromedriver, both ended with this object.
class browser {
public:
    explicit browser(sluice::asio::any_io_executor loop);

    sluice::awaitable<> start();
    sluice::awaitable<> open(std::string url);
    /// Runs the body of a JavaScript function in the page, and waits for what it returns.
    sluice::awaitable<boost::json::value> run(std::string script);
    /// Runs it again and again until it returns true; fails the test after 20 s.
    sluice::awaitable<> until(std::string script);
    /// What the page's author is to know: errors, and what the page's policy forbade.
    sluice::awaitable<boost::json::array> complaints();
    /// As somebody has it who likes it dark.
    sluice::awaitable<> prefer_dark();
    sluice::awaitable<> stop();

private:
    sluice::awaitable<boost::json::value> command(std::string method, std::string path, boost::json::value body);

    sluice::asio::any_io_executor loop_;
    sluice::testing::temporary_folder folder_;
    unsigned short port_ = sluice::testing::free_port();
    std::optional<sluice::testing::child_process> driver_;
    std::optional<sluice::http::client> client_;
    std::string session_;
};
