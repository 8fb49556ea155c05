#include "sluice/base/scope.hpp"
#include "sluice/store/sqlite.hpp"
#include "sluice/testing/child_process.hpp"
#include "sluice/testing/temporary_folder.hpp"
#include "sluice/testing/test_case.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>

using namespace sluice;
using namespace std::chrono_literals;
using store::sqlite;
using store::sqlite_transaction;

namespace {

constexpr auto file_variable = "SLUICE_TEST_SQLITE_FILE";

// Writes every eighth number and says so when it is acknowledged, for ever.
awaitable<> write_and_tell(sqlite& db, std::int64_t number)
{
    for (;; number += 8) {
        const auto insert = [&](sqlite_transaction& within) {
            within.execute("insert into numbers values (?)", {number});
        };
        co_await db.write(insert);
        std::cout << ("acknowledged " + std::to_string(number) + "\n") << std::flush;
    }
}

std::set<std::int64_t> acknowledged_in(const std::filesystem::path& output)
{
    std::set<std::int64_t> numbers;
    std::ifstream lines{output};
    for (std::string line; std::getline(lines, line) && !lines.eof();)  // the last one may be cut
        if (line.starts_with("acknowledged ")) numbers.insert(std::stoll(line.substr(13)));
    return numbers;
}

testing::child_process::settings writer_of(const std::filesystem::path& file, const std::filesystem::path& output)
{
    const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
    return {.command = {self, "--run_test=writer_that_is_killed"},
            .output = output,
            .environment = {{file_variable, file.string()}}};
}

}  // namespace

// The child of the test below; never run with the others.
BOOST_AUTO_TEST_CASE(writer_that_is_killed, *boost::unit_test::disabled())
{
    const char* const file = std::getenv(file_variable);
    BOOST_REQUIRE(file);
    const auto body = [&]() -> awaitable<> {
        sqlite db{{.file = file}};
        const auto make = [](sqlite_transaction& within) {
            within.execute("create table numbers (n integer primary key) strict");
        };
        co_await db.write(make);
        const auto writers = [&](scope& all) -> awaitable<> {
            for (std::int64_t first = 0; first < 8; ++first) all.spawn(write_and_tell(db, first));
            co_return;
        };
        co_await with_scope({}, writers);
    };
    testing::run_test(body, {.limit = 60s});
}

SLUICE_TEST_CASE(acknowledged_writes_survive_kill_9, 60s)
{
    const sluice::testing::temporary_folder folder;
    const auto file = folder / "a.db";
    const auto output = folder / "output";
    auto writer_settings = writer_of(file, output);
    testing::child_process writer{co_await asio::this_coro::executor, std::move(writer_settings)};
    co_await writer.says("acknowledged 1000");
    writer.signal(SIGKILL);
    BOOST_TEST(co_await writer.wait() == 128 + SIGKILL);

    std::set<std::int64_t> kept;
    const auto read_all = [&](sqlite_transaction& within) {
        for (auto row = within.query("select n from numbers"); row.next();) kept.insert(row.get<std::int64_t>(0));
    };
    sqlite db{{.file = file}};
    co_await db.read(read_all);
    const auto promised = acknowledged_in(output);
    BOOST_TEST(promised.size() > 900u);
    BOOST_TEST(std::ranges::includes(kept, promised));
    BOOST_TEST(kept.size() - promised.size() <= 9u);  // each writer had one on its way, one line may be cut
}
