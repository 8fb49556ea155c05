#include "sluice/store/sqlite_database.hpp"

#include "sluice/base/scope.hpp"
#include "sluice/base/wait_queue.hpp"
#include "sluice/testing/temporary_folder.hpp"
#include "sluice/testing/test_case.hpp"
#include "spans.hpp"
#include "store/failures.hpp"
#include "store/numbers.hpp"

#include <thread>

using namespace sluice;
using namespace std::chrono_literals;
using store::sql_database;
using store::sql_transaction;
using store::sqlite_database;

SLUICE_TEST_CASE(work_that_waits_for_something_else_fails_and_holds_nobody_up)
{
    const sluice::testing::temporary_folder folder;
    sqlite_database db{folder / "a.db", {numbers}};
    wait_queue never;
    const auto sleep = [](sql_transaction& within) -> awaitable<> {
        co_await within.execute("insert into numbers values (1)");
        co_await work_for(1h);
    };
    const auto wait = [&](sql_transaction& within) -> awaitable<> {
        co_await within.execute("insert into numbers values (2)");
        co_await never.wait();
    };
    co_await expect_failure(db.write(sleep), errc::invalid);
    co_await expect_failure(db.write(wait), errc::invalid);
    BOOST_TEST(co_await db.read(count) == 0);
}

SLUICE_TEST_CASE(units_of_work_that_come_together_share_commits)
{
    const sluice::testing::temporary_folder folder;
    const auto file = std::make_shared<store::sqlite>(store::sqlite::settings{.file = folder / "a.db"});
    sqlite_database db{file, {numbers}};
    co_await db.open();
    const auto before = file->counted();
    const auto one = [&](std::int64_t number) -> awaitable<> {
        const auto work = [number](sql_transaction& within) {
            return within.execute("insert into numbers values (?1)", number);
        };
        co_await db.write(work);
    };
    const auto crowd = [&](scope& all) -> awaitable<> {
        for (std::int64_t number = 0; number < 1'000; ++number) all.spawn(one(number));
        co_return;
    };
    const auto start = std::chrono::steady_clock::now();
    co_await with_scope({}, crowd);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    BOOST_TEST_MESSAGE("a unit of work took " << took.count() / 1'000 << " us");
    BOOST_TEST(file->counted().written - before.written == 1'000u);
    BOOST_TEST(file->counted().commits - before.commits < 100u);
    BOOST_TEST(co_await db.read(count) == 1'000);
}

SLUICE_TEST_CASE(objects_on_one_file_object_share_its_writer_and_each_migrates_its_own_stores)
{
    const sluice::testing::temporary_folder folder;
    const auto file = std::make_shared<store::sqlite>(store::sqlite::settings{.file = folder / "a.db"});
    sqlite_database one{file, {numbers}};
    sqlite_database two{file, {{"letters", {"create table letters (l text primary key)"}}}};
    const auto work = [](sql_transaction& within) -> awaitable<> {
        co_await within.execute("insert into letters values ('a')");
        co_await within.execute("insert into numbers values (1)");
    };
    co_await one.open();
    co_await two.write(work);
    BOOST_TEST(co_await one.read(count) == 1);
}
