#pragma once

#include "evidence.hpp"

#include "sluice/base/async.hpp"

#include <fstream>
#include <map>
#include <string>

/// What was done in a run: counted for the table at its end, and written down with the time, in plan.log.
class tally {
public:
    tally(sluice::asio::any_io_executor loop, const evidence& folder);

    void count(const std::string& what);
    /// Runs an independent checker, a program of tests/fault with its arguments. It prints a JSON object; requires that
    /// its `violations` are none, and prints its `counts` with ours. What it prints is verdict.json and checker.log.
    sluice::awaitable<> judge(std::string program_and_flags);

private:
    sluice::asio::any_io_executor loop_;
    const evidence& folder_;
    std::map<std::string, std::size_t> counts_;
    std::ofstream plan_;
};
