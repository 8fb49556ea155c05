#include "sluice/base/scope.hpp"
#include "sluice/store/inbox.hpp"
#include "sluice/store/postgres.hpp"
#include "sluice/testing/postgres_server.hpp"
#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"
#include "spans.hpp"
#include "store/failures.hpp"
#include "store/numbers.hpp"

#include <set>

using namespace sluice;
using namespace std::chrono_literals;
using store::postgres;
using store::sql_transaction;

SLUICE_TEST_CASE(a_server_that_is_gone_is_unavailable_at_once_and_used_again_when_it_is_back, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    testing::postgres_server server{loop};
    co_await server.start();
    postgres db{{.url = server.url(), .stores = {numbers}}};
    co_await write_number(db, 1);
    co_await server.kill();
    for (int i = 0; i < 3; ++i) {
        const auto before = clock::of(loop).now();
        const auto gone = co_await failure_of(write_number(db, 2));
        BOOST_TEST((gone == errc::unavailable), gone.message());
        BOOST_TEST((clock::of(loop).now() - before < 3s));
        BOOST_TEST(gone.message().find("start it") != std::string::npos, gone.message());
    }
    co_await server.restart();
    co_await write_number(db, 2);
    BOOST_TEST(co_await db.read(count) == 2);
    co_await server.stop();
}

SLUICE_TEST_CASE(a_server_that_dies_in_a_transaction_has_done_nothing_and_work_goes_on_when_it_is_back, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    testing::postgres_server server{loop};
    co_await server.start();
    postgres db{{.url = server.url(), .stores = {numbers}, .attempts = 20, .first_delay = 100ms}};
    co_await db.open();
    int runs = 0;
    const auto work = [&](sql_transaction& within) -> awaitable<> {
        co_await within.execute("insert into numbers values (1)");
        if (runs++ == 0) {
            co_await server.kill();
            co_await server.restart();
        }
        co_await within.execute("insert into numbers values (2)");
    };
    co_await db.write(work);
    BOOST_TEST(runs == 2);
    BOOST_TEST(co_await db.read(count) == 2);
    co_await server.stop();
}

SLUICE_TEST_CASE(a_commit_that_a_dying_server_does_not_answer_has_an_unknown_outcome, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    testing::postgres_server server{loop};
    co_await server.start();
    const auto slow = slowly_committed_numbers("20");
    postgres db{{.url = server.url(), .stores = {slow}}};
    postgres watcher{{.url = server.url()}};
    co_await db.open();
    error end;
    const auto writing = [&]() -> awaitable<> { end = co_await failure_of(write_number(db, 1)); };
    const auto committing = [](sql_transaction& within) -> awaitable<bool> {
        const auto rows =
            co_await within.query("select 1 from pg_stat_activity where query = 'commit' and state = 'active'");
        co_return !rows.empty();
    };
    const auto both = [&](scope& all) -> awaitable<> {
        all.spawn(writing());
        for (bool seen = false; !seen;) seen = co_await watcher.read(committing);
        co_await server.kill();
    };
    co_await with_scope({}, both);
    BOOST_TEST((end == errc::outcome_unknown), end.message());
    co_await server.restart();
    BOOST_TEST(co_await db.read(count) == 0);
    co_await server.stop();
}

// What is acknowledged is there, what surely failed is not, and a repeat of what is unknown has one effect.
SLUICE_TEST_CASE(acknowledged_work_survives_crashes_and_is_there_once, 120s)
{
    const auto loop = co_await asio::this_coro::executor;
    testing::postgres_server server{loop, {.durable = true}};
    co_await server.start();
    const auto stores = std::vector<store::sql_migrations>{store::inbox::migrations(),
                                                           {"effects", {"create table effects (id text not null)"}}};
    postgres db{{.url = server.url(), .stores = stores}};
    co_await db.open();
    const store::inbox inbox{"worker"};
    std::set<std::string> done;
    wait_queue changed;
    int failures = 0;
    const auto handle = [&](std::string id) -> awaitable<> {
        const auto work = [&](sql_transaction& within) -> awaitable<> {
            const auto before = co_await inbox.claim(within, id, timestamp{});
            if (!before) co_await within.execute("insert into effects values (?1)", id);
        };
        const auto writing = [&]() -> awaitable<> { co_await db.write(work); };
        const auto is_written = [&]() -> awaitable<bool> {
            const auto end = co_await failure_of(writing());
            failures += end.code.failed();
            co_return !end.code.failed();
        };
        co_await testing::until(is_written, "the work is acknowledged");
        done.insert(id);
        changed.wake_all();
    };
    const auto worker = [&](int first) -> awaitable<> {
        for (int n = first; n < 1'600; n += 8) co_await handle("r-" + std::to_string(n));
    };
    const auto all = [&](scope& workers) -> awaitable<> {
        for (int i = 0; i < 8; ++i) workers.spawn(worker(i));
        for (const std::size_t reached : {300U, 700U, 1'100U}) {
            const auto is_reached = [&] { return done.size() >= reached; };
            co_await testing::until(changed, is_reached, "enough is done");
            co_await server.kill();
            co_await server.restart();
        }
    };
    co_await with_scope({}, all);
    BOOST_TEST(failures > 0);
    const auto look = [](sql_transaction& within) -> awaitable<std::pair<std::int64_t, std::int64_t>> {
        const auto rows = co_await within.query("select count(*), count(distinct id) from effects");
        co_return std::pair{rows[0].get<std::int64_t>(0), rows[0].get<std::int64_t>(1)};
    };
    const auto [effects, records] = co_await db.read(look);
    BOOST_TEST(effects == 1'600);
    BOOST_TEST(records == 1'600);
    co_await server.stop();
}

SLUICE_TEST_CASE(a_server_that_hangs_is_given_up_in_time, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    testing::postgres_server server{loop};
    co_await server.start();
    postgres db{{.url = server.url(), .stores = {numbers}, .connect = 300ms, .statement = 100ms}};
    postgres idle{{.url = server.url(), .stores = {numbers}}};
    co_await idle.open();
    co_await write_number(db, 1);
    server.suspend();
    const auto before = clock::of(loop).now();
    const auto late = co_await failure_of(write_number(db, 2));
    BOOST_TEST((late == errc::timed_out), late.message());
    scope unwanted{loop};
    unwanted.spawn(write_number(idle, 2));
    co_await planned_pause(50ms);
    unwanted.cancel();
    co_await unwanted.join();
    const auto unreachable = co_await failure_of(write_number(db, 2));
    BOOST_TEST((unreachable == errc::unavailable), unreachable.message());
    BOOST_TEST((clock::of(loop).now() - before < 10s));
    server.resume();
    co_await write_number(db, 3);
    co_await server.stop();
}
