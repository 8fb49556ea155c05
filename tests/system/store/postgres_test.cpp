#include "sluice/store/postgres.hpp"

#include "postgres_stage.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"
#include "sluice/testing/until.hpp"
#include "store/failures.hpp"
#include "store/numbers.hpp"

#include <csignal>
#include <optional>

using namespace sluice;
using testing::until;
using namespace std::chrono_literals;
using store::postgres;
using store::sql_transaction;

namespace {

awaitable<std::int64_t> number_in(sql_transaction& within, std::string sql)
{
    const auto rows = co_await within.query(sql);
    co_return rows[0].get<std::int64_t>(0);
}

awaitable<std::int64_t> ask(store::sql_database& db, std::string sql)
{
    const auto work = [&](sql_transaction& within) { return number_in(within, sql); };
    co_return co_await db.read(work);
}

awaitable<> tell(store::sql_database& db, std::string sql)
{
    const auto work = [&](sql_transaction& within) { return within.script(sql); };
    co_await db.write(work);
}

// Ends a session, and waits until its process is gone.
awaitable<> terminate(store::sql_database& admin, std::int64_t session)
{
    co_await ask(admin, "select count(pg_terminate_backend(" + std::to_string(session) + "))");
    const auto is_gone = [session] { return ::kill(static_cast<pid_t>(session), 0) != 0; };
    co_await until(is_gone, "the session's process is gone");
}

// How many of our sessions run a statement like this now.
awaitable<> until_running(store::sql_database& watcher, std::string like, std::int64_t sessions)
{
    const auto sql = "select count(*) from pg_stat_activity where state = 'active' and query like '" + like +
                     "' and pid <> pg_backend_pid()";
    const auto are_running = [&]() -> awaitable<bool> {
        const auto seen = co_await ask(watcher, sql);
        co_return seen == sessions;
    };
    co_await until(are_running, "so many sessions run the statement");
}

}  // namespace

SLUICE_TEST_CASE(a_cancelled_statement_is_stopped_on_the_server_and_its_connection_used_again)
{
    const auto loop = co_await asio::this_coro::executor;
    postgres db{{.url = url_of_new_schema(), .stores = {numbers}, .connections = 1}};
    postgres watcher{{.url = shared_server().url(), .connections = 1}};
    const auto session = co_await ask(db, "select pg_backend_pid()");
    const auto sleeping = [&]() -> awaitable<> {
        const auto work = [](sql_transaction& within) -> awaitable<> {
            co_await within.execute("insert into numbers values (1)");
            co_await within.query("select pg_sleep(25)");
        };
        co_await db.write(work);
    };
    scope unwanted{loop};
    unwanted.spawn(sleeping());
    co_await until_running(watcher, "select pg_sleep(25)", 1);
    const auto before = clock::of(loop).now();
    unwanted.cancel();
    co_await unwanted.join();
    co_await until_running(watcher, "select pg_sleep(25)", 0);
    BOOST_TEST((clock::of(loop).now() - before < 5s));
    BOOST_TEST(co_await ask(db, "select count(*) from numbers") == 0);
    BOOST_TEST(co_await ask(db, "select pg_backend_pid()") == session);
}

SLUICE_TEST_CASE(a_commit_that_was_sent_is_waited_for_whatever_cancellation_says)
{
    const auto loop = co_await asio::this_coro::executor;
    const auto slow = slowly_committed_numbers("0.5");
    postgres db{{.url = url_of_new_schema(), .stores = {slow}}};
    postgres watcher{{.url = shared_server().url()}};
    co_await db.open();
    bool returned = false;
    const auto writing = [&]() -> awaitable<> {
        co_await write_number(db, 1);
        returned = true;
    };
    scope unwanted{loop};
    unwanted.spawn(writing());
    co_await until_running(watcher, "commit", 1);
    unwanted.cancel();
    co_await unwanted.join();
    BOOST_TEST(returned);
    BOOST_TEST(co_await ask(db, "select count(*) from numbers") == 1);
}

SLUICE_TEST_CASE(a_statement_over_its_limit_is_stopped_and_undone)
{
    postgres db{{.url = url_of_new_schema(), .stores = {numbers}, .connections = 1, .statement = 200ms}};
    const auto work = [](sql_transaction& within) -> awaitable<> {
        co_await within.execute("insert into numbers values (1)");
        co_await within.query("select pg_sleep(25)");
    };
    const auto session = co_await ask(db, "select pg_backend_pid()");
    co_await expect_failure(db.write(work), errc::timed_out);
    BOOST_TEST(co_await ask(db, "select count(*) from numbers") == 0);
    BOOST_TEST(co_await ask(db, "select pg_backend_pid()") == session);  // the server stopped it, not we the connection
}

SLUICE_TEST_CASE(work_that_deadlocks_is_run_again)
{
    auto two = numbers;
    two.scripts.emplace_back(
        "alter table numbers add column hits bigint default 0; insert into numbers values (1), (2)");
    postgres db{{.url = url_of_new_schema(), .stores = {two}}};
    co_await db.open();
    int runs = 0, holding = 0;
    wait_queue changed;
    const auto both_hold = [&] { return holding >= 2; };
    const auto hit = [&](std::int64_t first, std::int64_t second) -> awaitable<> {
        const auto work = [&, first, second](sql_transaction& within) -> awaitable<> {
            ++runs;
            co_await within.execute("update numbers set hits = hits + 1 where n = ?1", first);
            ++holding;
            changed.wake_all();
            co_await until(changed, both_hold, "each holds what the other wants");
            co_await within.execute("update numbers set hits = hits + 1 where n = ?1", second);
        };
        co_await db.write(work);
    };
    const auto both = [&](scope& all) -> awaitable<> {
        all.spawn(hit(1, 2));
        all.spawn(hit(2, 1));
        co_return;
    };
    co_await with_scope({}, both);
    BOOST_TEST(runs == 3);
    BOOST_TEST(co_await ask(db, "select sum(hits) from numbers") == 4);
}

SLUICE_TEST_CASE(work_that_cannot_be_serialized_is_run_again)
{
    postgres db{{.url = url_of_new_schema(), .stores = {numbers}}};
    co_await write_number(db, 1);
    int runs = 0;
    const auto work = [&](sql_transaction& within) -> awaitable<> {
        if (runs++ == 0) co_await within.script("set transaction isolation level repeatable read");
        const auto n = co_await number_in(within, "select n from numbers");
        if (runs == 1) co_await tell(db, "update numbers set n = n + 10");
        co_await within.execute("update numbers set n = ?1", n + 1);
    };
    co_await db.write(work);
    BOOST_TEST(runs == 2);
    BOOST_TEST(co_await ask(db, "select n from numbers") == 12);
}

SLUICE_TEST_CASE(attempts_are_bounded)
{
    postgres db{{.url = shared_server().url(), .attempts = 3, .first_delay = 1ms}};
    int runs = 0;
    const auto work = [&](sql_transaction& within) -> awaitable<> {
        ++runs;
        co_await within.script("do $$ begin raise sqlstate '40001'; end $$");
    };
    co_await expect_failure(db.write(work), errc::unavailable);
    BOOST_TEST(runs == 3);
}

SLUICE_TEST_CASE(work_is_run_again_when_its_session_ends_before_the_commit)
{
    postgres db{{.url = url_of_new_schema(), .stores = {numbers}}};
    postgres admin{{.url = shared_server().url()}};
    co_await db.open();
    for (const bool another_statement : {true, false}) {
        int runs = 0;
        const auto work = [&](sql_transaction& within) -> awaitable<> {
            co_await within.execute("insert into numbers values (?1)", another_statement);
            const auto session = co_await number_in(within, "select pg_backend_pid()");
            if (runs++ == 0) co_await terminate(admin, session);
            if (another_statement) co_await number_in(within, "select 1");
        };
        co_await db.write(work);
        BOOST_TEST(runs == 2);
    }
    BOOST_TEST(co_await ask(db, "select count(*) from numbers") == 2);
}

SLUICE_TEST_CASE(a_connection_that_died_while_idle_is_not_used)
{
    postgres db{{.url = url_of_new_schema(), .stores = {numbers}, .attempts = 1}};
    postgres admin{{.url = shared_server().url()}};
    co_await write_number(db, 1);
    const auto session = co_await ask(db, "select pg_backend_pid()");
    co_await terminate(admin, session);
    co_await write_number(db, 2);
    BOOST_TEST(co_await ask(db, "select count(*) from numbers") == 2);
}

SLUICE_TEST_CASE(a_table_that_others_change_does_not_break_what_was_prepared)
{
    const auto url = url_of_new_schema();
    postgres db{{.url = url, .stores = {numbers}, .connections = 1}};
    postgres other{{.url = url}};
    co_await write_number(db, 1);
    const auto all = [](sql_transaction& within) -> awaitable<std::size_t> {
        const auto rows = co_await within.query("select * from numbers");
        co_return rows.size();
    };
    BOOST_TEST(co_await db.write(all) == 1u);
    co_await tell(other, "alter table numbers add column more bigint");
    BOOST_TEST(co_await db.write(all) == 1u);
}

SLUICE_TEST_CASE(no_more_connections_are_open_than_allowed_and_who_waits_comes_in_order)
{
    postgres db{{.url = shared_server().url(), .application = "three at most", .connections = 3}};
    int inside = 0, most = 0;
    std::vector<int> order;
    wait_queue entered;
    const auto three_are_inside = [&] { return inside >= 3; };
    const auto connect = [&]() -> awaitable<> {
        const auto work = [&](sql_transaction&) -> awaitable<> {
            ++inside;
            entered.wake_all();
            co_await until(entered, three_are_inside, "three are inside");
        };
        co_await db.write(work);
    };
    const auto three = [&](scope& all) -> awaitable<> {
        for (int i = 0; i < 3; ++i) all.spawn(connect());
        co_return;
    };
    co_await with_scope({}, three);
    inside = 0;
    const auto one = [&](int number) -> awaitable<> {
        const auto work = [&, number](sql_transaction& within) -> awaitable<> {
            order.push_back(number);
            most = std::max(most, ++inside);
            co_await within.query("select 1");
            --inside;
        };
        co_await db.write(work);
    };
    std::vector<int> expected;
    const auto crowd = [&](scope& all) -> awaitable<> {
        for (int number = 0; number < 100; ++number) {
            expected.push_back(number);
            all.spawn(one(number));
        }
        co_return;
    };
    co_await with_scope({}, crowd);
    BOOST_TEST(order == expected, boost::test_tools::per_element());
    const auto again_and_again = [&]() -> awaitable<> {
        for (int i = 0; i < 10; ++i) co_await one(i);
    };
    const auto regulars = [&](scope& all) -> awaitable<> {
        for (int i = 0; i < 10; ++i) all.spawn(again_and_again());
        co_return;
    };
    co_await with_scope({}, regulars);
    BOOST_TEST(most == 3);
    BOOST_TEST(co_await ask(db, "select count(*) from pg_stat_activity where application_name = 'three at most'") <= 3);
}

SLUICE_TEST_CASE(who_waits_too_long_or_too_much_is_told_so_and_takes_no_place_along)
{
    const auto loop = co_await asio::this_coro::executor;
    postgres db{{.url = shared_server().url(), .connections = 1, .waiting = 2, .wait = 100ms}};
    co_await db.open();
    std::vector<error> ends;
    bool go = false;
    wait_queue changed;
    const auto may_go = [&] { return go; };
    const auto hold = [&]() -> awaitable<> {
        const auto work = [&](sql_transaction&) -> awaitable<> { co_await until(changed, may_go); };
        co_await db.write(work);
    };
    const auto come = [&]() -> awaitable<> {
        auto end = co_await failure_of(tell(db, "select 1"));
        ends.push_back(std::move(end));
        changed.wake_all();
    };
    const auto one_ended = [&] { return !ends.empty(); };
    const auto two_ended = [&] { return ends.size() >= 2; };
    scope cancelled{loop};
    const auto crowd = [&](scope& all) -> awaitable<> {
        all.spawn(hold());
        cancelled.spawn(come());
        all.spawn(come());
        all.spawn(come());
        co_await until(changed, one_ended, "the third that waits is one too many");
        BOOST_TEST(ends.size() == 1u);
        cancelled.cancel();
        co_await cancelled.join();
        co_await until(changed, two_ended, "one has waited too long");
        go = true;
        changed.wake_all();
    };
    co_await with_scope({}, crowd);
    for (const auto& end : ends) BOOST_TEST((end == errc::overloaded), end.message());
    co_await tell(db, "select 1");
}

SLUICE_TEST_CASE(errors_name_the_server_and_the_statement_and_never_the_password)
{
    postgres db{{.url = shared_server().url()}};
    const auto here = "127.0.0.1:" + std::to_string(shared_server().port()) + "/postgres";
    const auto wrong = co_await failure_of(tell(db, "select * from nowhere"));
    BOOST_TEST(wrong.message().find(here) != std::string::npos, wrong.message());
    BOOST_TEST(wrong.message().find("select * from nowhere") != std::string::npos, wrong.message());
    for (const auto& [from, to, advice] :
         {std::tuple{"sluice:", "nobody:", "the user"}, std::tuple{"/postgres", "/nowhere", "check postgres.url"},
          std::tuple{":s3cret", ":geheim", "check postgres.url"}}) {
        auto url = shared_server().url();
        url.replace(url.find(from, 12), std::string_view{from}.size(), to);
        postgres refused{{.url = url}};
        const auto why = co_await failure_of(refused.open());
        BOOST_TEST((why == errc::unavailable), why.message());
        BOOST_TEST(why.message().find("127.0.0.1") != std::string::npos, why.message());
        BOOST_TEST(why.message().find("s3cret") == std::string::npos, why.message());
        BOOST_TEST(why.message().find("geheim") == std::string::npos, why.message());
    }
}

SLUICE_TEST_CASE(a_host_name_is_resolved_and_each_of_its_addresses_tried)
{
    auto url = shared_server().url();
    url.replace(url.find("127.0.0.1"), 9, "localhost");
    postgres db{{.url = url}};
    co_await db.open();
    // Nobody listens at the first.
    url.replace(url.find("localhost"), 9, "[::1],127.0.0.1");
    postgres second{{.url = url}};
    co_await second.open();
    url.replace(url.find("[::1],127.0.0.1"), 15, "nowhere.invalid");
    postgres nowhere{{.url = url}};
    const auto why = co_await failure_of(nowhere.open());
    BOOST_TEST((why == errc::unavailable), why.message());
    BOOST_TEST(why.message().find("nowhere.invalid") != std::string::npos, why.message());
}
