#include "sluice/store/sqlite.hpp"

#include "sluice/base/scope.hpp"
#include "sluice/testing/temporary_folder.hpp"
#include "sluice/testing/test_case.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fstream>
#include <latch>
#include <thread>

using namespace sluice;
using namespace std::chrono_literals;
using store::sqlite;
using store::sqlite_transaction;

namespace {

// A file with a table.
struct number_file : sluice::testing::temporary_folder {
    number_file()
    {
        store::sqlite_connection{*this / "a.db", store::sqlite_connection::access::write, 1s}.script(
            "create table numbers (n integer primary key check (n >= 0)) strict");
    }
};

std::int64_t count(sqlite_transaction& within)
{
    auto row = within.query("select count(*) from numbers");
    row.next();
    return row.get<std::int64_t>(0);
}

void insert(sqlite_transaction& within, std::int64_t number)
{
    within.execute("insert into numbers values (?)", {number});
}

awaitable<> write_number(sqlite& db, std::int64_t number)
{
    const auto work = [number](sqlite_transaction& within) { insert(within, number); };
    co_await db.write(work);
}

// Work that keeps a thread of the store until it is let go.
struct gate {
    std::latch entered{1};
    std::latch open{1};

    void operator()(sqlite_transaction&)
    {
        entered.count_down();
        open.wait();
    }
};

awaitable<> pass(sqlite& db, gate& through)
{
    co_await db.write(std::ref(through));
}

awaitable<> next_turn()
{
    co_await asio::post(asio::use_awaitable);
}

// Spawns a write that holds the writer's transaction open, so that what is written meanwhile waits.
awaitable<> occupy(scope& all, sqlite& db, gate& through)
{
    all.spawn(pass(db, through));
    co_await next_turn();
    through.entered.wait();
}

// The failure that `work` ends with; none is an empty error.
awaitable<error> failure_of(awaitable<> work)
{
    try {
        co_await std::move(work);
    } catch (const failure& failed) {
        co_return failed.why();
    }
    co_return error{};
}

awaitable<> expect_failure(awaitable<> work, errc code)
{
    const auto why = co_await failure_of(std::move(work));
    BOOST_TEST((why == code), why.message());
}

}  // namespace

SLUICE_TEST_CASE(writes_that_wait_together_share_one_commit)
{
    const number_file folder;
    sqlite db{{.file = folder / "a.db", .gather = 1'000}};
    co_await db.open();
    const auto before = db.counted();
    gate first;
    const auto crowd = [&](scope& all) -> awaitable<> {
        co_await occupy(all, db, first);
        for (std::int64_t number = 0; number < 500; ++number) all.spawn(write_number(db, number));
        co_await next_turn();
        first.open.count_down();
    };
    co_await with_scope({}, crowd);
    BOOST_TEST(db.counted().written - before.written == 501u);
    BOOST_TEST(db.counted().commits - before.commits == 1u);
    BOOST_TEST(co_await db.read(count) == 500);
}

SLUICE_TEST_CASE(one_commit_gathers_no_more_than_its_bound)
{
    const number_file folder;
    sqlite db{{.file = folder / "a.db", .gather = 10}};
    co_await db.open();
    const auto before = db.counted();
    gate first;
    const auto crowd = [&](scope& all) -> awaitable<> {
        co_await occupy(all, db, first);
        for (std::int64_t number = 0; number < 99; ++number) all.spawn(write_number(db, number));
        co_await next_turn();
        first.open.count_down();
    };
    co_await with_scope({}, crowd);
    BOOST_TEST(db.counted().commits - before.commits == 10u);
}

SLUICE_TEST_CASE(work_that_throws_is_undone_alone)
{
    const number_file folder;
    sqlite db{{.file = folder / "a.db"}};
    co_await db.open();
    gate first;
    std::string thrown;
    const auto half_done = [](sqlite_transaction& within) {
        insert(within, 2);
        throw std::runtime_error{"changed my mind"};
    };
    const auto failing = [&]() -> awaitable<> {
        try {
            co_await db.write(half_done);
        } catch (const std::runtime_error& error) {
            thrown = error.what();
        }
    };
    const auto crowd = [&](scope& all) -> awaitable<> {
        co_await occupy(all, db, first);
        all.spawn(write_number(db, 1));
        all.spawn(failing());
        all.spawn(write_number(db, 3));
        co_await next_turn();
        first.open.count_down();
    };
    co_await with_scope({}, crowd);
    BOOST_TEST(thrown == "changed my mind");
    const auto sum = [](sqlite_transaction& within) {
        auto row = within.query("select sum(n) from numbers");
        row.next();
        return row.get<std::int64_t>(0);
    };
    BOOST_TEST(co_await db.read(sum) == 4);
}

SLUICE_TEST_CASE(a_lost_transaction_fails_all_its_work_and_the_store_goes_on)
{
    const number_file folder;
    sqlite db{{.file = folder / "a.db"}};
    co_await write_number(db, 1);
    gate first;
    // A conflict that ends the whole transaction, as a full disk does.
    const auto losing = [](sqlite_transaction& within) {
        within.execute("insert or rollback into numbers values (1)");
    };
    std::vector<error> ends;
    const auto watch = [&](awaitable<> work) -> awaitable<> { ends.push_back(co_await failure_of(std::move(work))); };
    const auto crowd = [&](scope& all) -> awaitable<> {
        co_await next_turn();
        all.spawn(watch(pass(db, first)));
        co_await next_turn();
        first.entered.wait();
        all.spawn(watch(write_number(db, 2)));
        all.spawn(watch(db.write(losing)));
        co_await next_turn();
        first.open.count_down();
    };
    co_await with_scope({}, crowd);
    BOOST_TEST(ends.size() == 3u);
    for (const auto& end : ends) BOOST_TEST((end == errc::already_exists), end.message());
    BOOST_TEST(co_await db.read(count) == 1);
    co_await write_number(db, 2);
    BOOST_TEST(co_await db.read(count) == 2);
}

SLUICE_TEST_CASE(a_write_that_is_cancelled_before_it_starts_never_happens)
{
    const number_file folder;
    sqlite db{{.file = folder / "a.db"}};
    co_await db.open();
    gate first;
    const auto crowd = [&](scope& all) -> awaitable<> {
        co_await occupy(all, db, first);
        scope unwanted{co_await asio::this_coro::executor};
        unwanted.spawn(write_number(db, 1));
        co_await next_turn();
        unwanted.cancel();
        co_await unwanted.join();  // the gate is still shut
        first.open.count_down();
    };
    co_await with_scope({}, crowd);
    BOOST_TEST(co_await db.read(count) == 0);
}

SLUICE_TEST_CASE(a_write_that_is_cancelled_after_it_started_is_waited_for)
{
    const number_file folder;
    sqlite db{{.file = folder / "a.db"}};
    co_await db.open();
    gate first;
    std::string local = "what the work refers to";
    std::string seen;
    const auto work = [&](sqlite_transaction& within) {
        first(within);
        seen = local;
        insert(within, 1);
    };
    const auto writer = [&]() -> awaitable<> { co_await db.write(work); };
    scope unwanted{co_await asio::this_coro::executor};
    unwanted.spawn(writer());
    co_await next_turn();
    first.entered.wait();
    unwanted.cancel();
    co_await next_turn();
    BOOST_TEST(unwanted.size() == 1u);
    first.open.count_down();
    co_await unwanted.join();
    BOOST_TEST(seen == local);
    BOOST_TEST(co_await db.read(count) == 1);
}

SLUICE_TEST_CASE(more_than_may_wait_is_refused_at_once)
{
    const number_file folder;
    sqlite db{{.file = folder / "a.db", .waiting = 2}};
    co_await db.open();
    gate first;
    const auto crowd = [&](scope& all) -> awaitable<> {
        co_await occupy(all, db, first);
        all.spawn(write_number(db, 1));
        all.spawn(write_number(db, 2));
        co_await next_turn();
        co_await expect_failure(write_number(db, 3), errc::overloaded);
        first.open.count_down();
    };
    co_await with_scope({}, crowd);
    BOOST_TEST(co_await db.read(count) == 2);
}

SLUICE_TEST_CASE(several_loops_share_one_store_and_each_goes_on_on_its_own)
{
    const number_file folder;
    sqlite db{{.file = folder / "a.db"}};
    std::atomic<int> strayed = 0;
    const auto shard = [&](std::int64_t first) {
        const auto here = std::this_thread::get_id();
        const auto body = [&, here, first]() -> awaitable<> {
            for (std::int64_t number = first; number < first + 200; ++number) {
                co_await write_number(db, number);
                if (std::this_thread::get_id() != here) ++strayed;
            }
        };
        testing::run_test(body);
    };
    {
        const std::jthread one{shard, 0}, two{shard, 1'000}, three{shard, 2'000};
    }
    BOOST_TEST(strayed == 0);
    BOOST_TEST(co_await db.read(count) == 600);
}

SLUICE_TEST_CASE(a_reader_sees_what_was_committed_when_it_began)
{
    const number_file folder;
    sqlite db{{.file = folder / "a.db"}};
    co_await write_number(db, 1);
    std::latch began{1}, written{1};
    std::int64_t first = 0, second = 0;
    const auto look_twice = [&](sqlite_transaction& within) {
        first = count(within);
        began.count_down();
        written.wait();
        second = count(within);
    };
    const auto reader = [&]() -> awaitable<> { co_await db.read(look_twice); };
    const auto both = [&](scope& all) -> awaitable<> {
        all.spawn(reader());
        co_await next_turn();
        began.wait();
        co_await write_number(db, 2);
        written.count_down();
    };
    co_await with_scope({}, both);
    BOOST_TEST(first == 1);
    BOOST_TEST(second == 1);
    BOOST_TEST(co_await db.read(count) == 2);
}

SLUICE_TEST_CASE(errors_have_a_class_the_path_and_advice)
{
    const number_file folder;
    sqlite db{{.file = folder / "a.db", .busy = 1ms}};
    co_await write_number(db, 1);
    co_await expect_failure(write_number(db, 1), errc::already_exists);
    co_await expect_failure(write_number(db, -1), errc::invalid);
    const auto wrong_sql = [](sqlite_transaction& within) { within.execute("insert into nowhere values (1)"); };
    co_await expect_failure(db.write(wrong_sql), errc::invalid);
    const auto two_in_one = [](sqlite_transaction& within) { within.execute("select 1; drop table numbers"); };
    co_await expect_failure(db.write(two_in_one), errc::invalid);
    const auto unbound = [](sqlite_transaction& within) { within.execute("insert into numbers values (?)"); };
    co_await expect_failure(db.write(unbound), errc::invalid);

    const auto fill = [](sqlite_transaction& within) {
        within.execute("pragma max_page_count = 4");
        within.execute(
            "with recursive more (n) as (select 10 union all select n + 1 from more limit 100000) "
            "insert into numbers select n from more");
    };
    const auto full = co_await failure_of(db.write(fill));
    BOOST_TEST((full == errc::unavailable), full.message());
    BOOST_TEST(full.message().find("make room on the disk") != std::string::npos, full.message());
    BOOST_TEST(co_await db.read(count) == 1);

    store::sqlite_connection other{folder / "a.db", store::sqlite_connection::access::write, 1ms};
    other.execute("begin immediate");
    const auto locked = co_await failure_of(write_number(db, 2));
    BOOST_TEST((locked == errc::unavailable), locked.message());
    BOOST_TEST(locked.message().find((folder / "a.db").string()) != std::string::npos, locked.message());
    BOOST_TEST(locked.message().find("another process") != std::string::npos, locked.message());
    other.execute("rollback");

    std::ofstream{folder / "text.db"} << std::string(4'096, 'x');
    sqlite no_database{{.file = folder / "text.db"}};
    co_await expect_failure(no_database.open(), errc::corrupt);
    sqlite no_folder{{.file = "/proc/nowhere/a.db"}};
    co_await expect_failure(no_folder.open(), errc::unavailable);
}
