// What every database must do: these cases run on each that there is.
#include "sluice/base/scope.hpp"
#include "sluice/store/inbox.hpp"
#include "sluice/testing/test_case.hpp"
#include "store/failures.hpp"
#include "store/numbers.hpp"
#include "store/stage.hpp"

#include <algorithm>
#include <limits>
#include <thread>

namespace {

using namespace sluice;
using namespace std::chrono_literals;
using store::blob;
using store::inbox;
using store::sql_database;
using store::sql_migrations;
using store::sql_transaction;

}  // namespace

SLUICE_TEST_CASE(values_come_back_as_they_were_bound)
{
    const auto here = new_stage();
    const auto db =
        here->connect({{"kept", {"create table kept (t text, empty text, b bytea, n bigint, absent text)"}}});
    const std::string text = "zażółć 🚰 'quoted' ?1", bytes{"\xff\0\xfe\\x41", 7};
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    const auto keep = [&](sql_transaction& within) {
        return within.execute("insert into kept values (?1, ?2, ?3, ?4, ?5)", text, "", blob{bytes}, least, nullptr);
    };
    BOOST_TEST(co_await db->write(keep) == 1);
    const auto compare = [&](sql_transaction& within) -> awaitable<> {
        const auto rows = co_await within.query("select t, empty, b, n, absent, n < 0, '?2 ''?3' from kept");
        BOOST_TEST_REQUIRE(rows.size() == 1u);
        const auto row = rows[0];
        BOOST_TEST(row.get<std::string>(0) == text);
        BOOST_TEST(row.get<std::string>(1).empty());
        BOOST_TEST((row.get<std::string>(2) == bytes));
        BOOST_TEST(row.get<std::int64_t>(3) == least);
        BOOST_TEST(!row.get<std::optional<std::string>>(4));
        BOOST_TEST((row.get<std::optional<std::int64_t>>(3) == least));
        BOOST_TEST(row.get<bool>(5));
        BOOST_TEST(row.get<std::string>(6) == "?2 '?3");
        BOOST_CHECK_THROW((void)row.get<std::int64_t>(0), failure);
        BOOST_CHECK_THROW((void)row.get<std::string>(3), failure);
        BOOST_CHECK_THROW((void)row.get<std::string>(4), failure);
    };
    co_await db->read(compare);
}

SLUICE_TEST_CASE(times_flags_and_sums_are_numbers)
{
    const auto here = new_stage();
    const auto db = here->connect({numbers});
    constexpr timestamp noon{std::chrono::hours{12}};
    const auto fill = [&](sql_transaction& within) -> awaitable<> {
        co_await insert(within, 1);
        co_await within.execute("insert into numbers values (?1), (?2)", noon, std::optional<std::int64_t>{2});
        const auto rows = co_await within.query("select sum(n), max(n), count(*) = ?1 from numbers", 3);
        BOOST_TEST(rows[0].get<std::int64_t>(0) == noon.time_since_epoch().count() + 3);
        BOOST_TEST((rows[0].get<timestamp>(1) == noon));
        BOOST_TEST(rows[0].get<bool>(2));
    };
    co_await db->write(fill);
}

SLUICE_TEST_CASE(text_that_is_no_text_is_refused)
{
    const auto here = new_stage();
    const auto db = here->connect({{"kept", {"create table kept (t text)"}}});
    for (const std::string& text : {std::string{"a\0b", 3}, std::string{"\xff"}, std::string{"\xc0\x80"}}) {
        const auto keep = [&](sql_transaction& within) { return within.execute("insert into kept values (?1)", text); };
        const auto writing = [&]() -> awaitable<> { co_await db->write(keep); };
        co_await expect_failure(writing(), errc::invalid);
    }
}

SLUICE_TEST_CASE(rows_come_in_order_and_changes_are_counted)
{
    const auto here = new_stage();
    const auto db = here->connect({numbers});
    const auto work = [](sql_transaction& within) -> awaitable<> {
        for (std::int64_t number = 0; number < 1'000; ++number) co_await insert(within, number);
        BOOST_TEST(co_await within.execute("update numbers set n = n + 1000 where n < ?1", 10) == 10);
        BOOST_TEST(co_await within.execute("delete from numbers where n = ?1", 5) == 0);
        BOOST_TEST(co_await within.execute("insert into numbers values (?1) on conflict do nothing", 1'000) == 0);
        const auto made = co_await within.query("insert into numbers values (?1), (?2) returning n", 7, 8);
        BOOST_TEST(made.size() == 2u);
        BOOST_TEST(made.changed() == 2);
        const auto none = co_await within.query("select n from numbers where n < 0");
        BOOST_TEST(none.empty());
        std::vector<std::int64_t> seen;
        const auto rows = co_await within.query("select n from numbers where n >= ?1 order by n", 998);
        for (const auto row : rows) seen.push_back(row.get<std::int64_t>(0));
        const std::vector<std::int64_t> expected{998, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009};
        BOOST_TEST(seen == expected, boost::test_tools::per_element());
    };
    co_await db->write(work);
}

SLUICE_TEST_CASE(what_work_throws_arrives_and_undoes_its_changes)
{
    const auto here = new_stage();
    const auto db = here->connect({numbers});
    const auto change_mind = [](sql_transaction& within) -> awaitable<> {
        co_await insert(within, 1);
        throw std::runtime_error{"changed my mind"};
    };
    std::string thrown;
    try {
        co_await db->write(change_mind);
    } catch (const std::runtime_error& error) {
        thrown = error.what();
    }
    BOOST_TEST(thrown == "changed my mind");
    co_await write_number(*db, 2);
    BOOST_TEST(co_await db->read(count) == 1);
}

SLUICE_TEST_CASE(a_key_that_is_there_and_a_broken_rule_have_their_own_codes)
{
    const auto here = new_stage();
    const auto db = here->connect({numbers, {"child", {"create table child (n bigint references numbers (n))"}}});
    co_await write_number(*db, 1);
    co_await expect_failure(write_number(*db, 1), errc::already_exists);
    co_await expect_failure(write_number(*db, -1), errc::invalid);
    const auto failing = [&](std::string sql) -> awaitable<> {
        const auto work = [&](sql_transaction& within) -> awaitable<> { co_await within.execute(sql); };
        co_await db->write(work);
    };
    co_await expect_failure(failing("insert into child values (7)"), errc::invalid);
    co_await expect_failure(failing("insert into numbers values (?1)"), errc::invalid);
    co_await expect_failure(failing("select 1; drop table numbers"), errc::invalid);
    const auto wrong = co_await failure_of(failing("insert into nowhere values (1)"));
    BOOST_TEST((wrong == errc::invalid), wrong.message());
    BOOST_TEST(wrong.message().find("insert into nowhere") != std::string::npos, wrong.message());
    BOOST_TEST(co_await db->read(count) == 1);
}

SLUICE_TEST_CASE(work_that_goes_on_after_a_failed_statement_is_undone_all_the_same)
{
    const auto here = new_stage();
    const auto db = here->connect({numbers});
    co_await write_number(*db, 1);
    errc next{};
    const auto swallow = [&](sql_transaction& within) -> awaitable<> {
        co_await insert(within, 2);
        const auto twice = co_await failure_of(insert(within, 1));
        BOOST_TEST((twice == errc::already_exists));
        const auto after = co_await failure_of(insert(within, 3));
        if (after == errc::invalid) next = errc::invalid;
    };
    co_await expect_failure(db->write(swallow), errc::already_exists);
    BOOST_TEST((next == errc::invalid));
    BOOST_TEST(co_await db->read(count) == 1);
}

SLUICE_TEST_CASE(a_reader_cannot_write)
{
    const auto here = new_stage();
    const auto db = here->connect({numbers});
    const auto work = [](sql_transaction& within) { return insert(within, 1); };
    co_await db->open();
    co_await expect_failure(db->read(work), errc::invalid);
    BOOST_TEST(co_await db->read(count) == 0);
}

SLUICE_TEST_CASE(a_reader_sees_one_moment)
{
    const auto here = new_stage();
    const auto db = here->connect({numbers});
    co_await write_number(*db, 1);
    const auto write_elsewhere = [&]() -> awaitable<> {
        const auto other = here->connect({numbers});
        co_await write_number(*other, 2);
    };
    // On another thread, since on some databases this work may not wait.
    const auto write_meanwhile = [&] { testing::run_test(write_elsewhere); };
    const auto look_twice = [&](sql_transaction& within) -> awaitable<> {
        BOOST_TEST(co_await count(within) == 1);
        std::thread{write_meanwhile}.join();
        BOOST_TEST(co_await count(within) == 1);
    };
    co_await db->read(look_twice);
    BOOST_TEST(co_await db->read(count) == 2);
}

SLUICE_TEST_CASE(each_database_object_sees_what_the_other_has_committed)
{
    const auto here = new_stage();
    const auto one = here->connect({numbers});
    const auto two = here->connect({numbers});
    co_await write_number(*one, 1);
    BOOST_TEST(co_await two->read(count) == 1);
    co_await write_number(*two, 2);
    BOOST_TEST(co_await one->read(count) == 2);
}

SLUICE_TEST_CASE(counters_that_many_raise_at_once_lose_nothing)
{
    const auto here = new_stage();
    const sql_migrations counters{"counters", {"create table counter (id text primary key, value bigint not null)"}};
    const auto one = here->connect({counters});
    const auto two = here->connect({counters});
    const auto raise = [](sql_database& db) -> awaitable<> {
        const auto work = [](sql_transaction& within) -> awaitable<> {
            for (const auto* id : {"a", "b"})
                co_await within.execute(
                    "insert into counter values (?1, 1) on conflict (id) do update set value = counter.value + 1", id);
        };
        co_await db.write(work);
    };
    const auto crowd = [&](scope& all) -> awaitable<> {
        for (int i = 0; i < 50; ++i) {
            all.spawn(raise(*one));
            all.spawn(raise(*two));
        }
        co_return;
    };
    co_await with_scope({}, crowd);
    const auto look = [](sql_transaction& within) -> awaitable<std::int64_t> {
        const auto rows = co_await within.query("select min(value) from counter");
        co_return rows[0].get<std::int64_t>(0);
    };
    BOOST_TEST(co_await one->read(look) == 100);
}

SLUICE_TEST_CASE(migrations_go_on_from_where_the_store_stands)
{
    const auto here = new_stage();
    {
        const auto first = here->connect({numbers});
        co_await write_number(*first, 1);
    }
    auto longer = numbers;
    longer.scripts.emplace_back("insert into numbers values (2); alter table numbers add column note text");
    {
        const auto second = here->connect({longer, {"other", {"create table other (n bigint)"}}});
        BOOST_TEST(co_await second->read(count) == 2);
    }
    {
        const auto again = here->connect({longer});
        BOOST_TEST(co_await again->read(count) == 2);
    }
    {
        const auto old = here->connect({numbers});
        const auto refused = co_await failure_of(old->open());
        BOOST_TEST((refused == errc::invalid));
        BOOST_TEST(refused.message().find("is of version 2, this program knows only 1") != std::string::npos,
                   refused.message());
    }
    auto broken = longer;
    broken.scripts.emplace_back("insert into numbers (n) values (3); insert into nowhere values (1)");
    {
        const auto third = here->connect({broken});
        co_await expect_failure(third->open(), errc::invalid);
    }
    const auto unharmed = here->connect({longer});
    BOOST_TEST(co_await unharmed->read(count) == 2);
}

SLUICE_TEST_CASE(several_that_start_at_once_migrate_once)
{
    const auto here = new_stage();
    auto filled = numbers;
    filled.scripts.emplace_back("insert into numbers values (1), (2), (3)");
    std::vector<std::unique_ptr<sql_database>> all;
    for (int i = 0; i < 8; ++i) all.push_back(here->connect({filled, inbox::migrations()}));
    const auto crowd = [&](scope& opening) -> awaitable<> {
        for (const auto& db : all) opening.spawn(db->open());
        co_return;
    };
    co_await with_scope({}, crowd);
    BOOST_TEST(co_await all.back()->read(count) == 3);
}

SLUICE_TEST_CASE(an_inbox_gives_back_the_reply_to_its_own_records)
{
    const auto here = new_stage();
    const auto db = here->connect({inbox::migrations()});
    const inbox stock{"inventory-service"}, mail{"email-service"};
    const std::string reply{"a\0\xff", 3};
    constexpr timestamp noon{std::chrono::hours{12}};
    const auto handle = [&](sql_transaction& within) -> awaitable<std::string> {
        const auto before = co_await stock.claim(within, "id-1", noon);
        if (before) co_return "again: " + *before;
        co_await stock.keep(within, "id-1", reply);
        co_return "first";
    };
    BOOST_TEST(co_await db->write(handle) == "first");
    const auto again = co_await db->write(handle);
    BOOST_TEST((again == "again: " + reply));
    const auto look = [&](sql_transaction& within) -> awaitable<> {
        BOOST_TEST((co_await stock.find(within, "id-1") == reply));
        BOOST_TEST(!(co_await stock.find(within, "id-2")));
        BOOST_TEST(!(co_await mail.find(within, "id-1")));
    };
    co_await db->read(look);
}

SLUICE_TEST_CASE(a_record_that_comes_to_two_processes_at_once_has_one_effect_and_one_reply)
{
    const auto here = new_stage();
    const auto one = here->connect({numbers, inbox::migrations()});
    const auto two = here->connect({numbers, inbox::migrations()});
    const inbox stock{"inventory-service"};
    int effects = 0, undone = 0;
    std::vector<std::string> replies;
    const auto handle = [&](sql_database& db, std::string id, std::string reply) -> awaitable<> {
        const auto work = [&](sql_transaction& within) -> awaitable<std::string> {
            const auto before = co_await stock.claim(within, id, timestamp{});
            if (before) co_return *before;
            co_await insert(within, std::stoll(id));
            if (++effects % 7 == 0) {
                ++undone;
                throw std::runtime_error{"changed my mind"};
            }
            co_await stock.keep(within, id, reply);
            co_return reply;
        };
        for (bool done = false; !done;) {
            try {
                replies.push_back(id + ' ' + co_await db.write(work));
                done = true;
            } catch (const std::runtime_error&) {
            }
        }
    };
    const auto crowd = [&](scope& all) -> awaitable<> {
        for (int id = 0; id < 40; ++id)
            for (int copy = 0; copy < 3; ++copy) {
                all.spawn(handle(*one, std::to_string(id), "one " + std::to_string(copy)));
                all.spawn(handle(*two, std::to_string(id), "two " + std::to_string(copy)));
            }
        co_return;
    };
    co_await with_scope({}, crowd);
    BOOST_TEST(undone > 0);
    BOOST_TEST(effects == 40 + undone);
    BOOST_TEST(co_await one->read(count) == 40);
    BOOST_TEST(replies.size() == 240u);
    std::ranges::sort(replies);
    replies.erase(std::ranges::unique(replies).begin(), replies.end());
    BOOST_TEST(replies.size() == 40u);
}

SLUICE_TEST_CASE(pruning_forgets_the_oldest_first_and_only_those_of_its_handler)
{
    const auto here = new_stage();
    const auto db = here->connect({inbox::migrations()});
    const inbox stock{"inventory-service"}, mail{"email-service"};
    constexpr timestamp noon{std::chrono::hours{12}};
    const auto prune = [&](sql_transaction& within) -> awaitable<> {
        for (int hour = 0; hour < 4; ++hour) {
            const auto id = "id-" + std::to_string(hour);
            co_await stock.claim(within, id, noon + std::chrono::hours{hour});
            co_await mail.claim(within, id, noon + std::chrono::hours{hour});
        }
        BOOST_TEST(co_await stock.prune(within, noon + 3h, 2) == 2);
        BOOST_TEST(!(co_await stock.find(within, "id-1")));
        BOOST_TEST((co_await stock.find(within, "id-2")).has_value());
        BOOST_TEST(co_await stock.prune(within, noon + 3h) == 1);
        BOOST_TEST((co_await stock.find(within, "id-3")).has_value());
        BOOST_TEST((co_await mail.find(within, "id-0")).has_value());
    };
    co_await db->write(prune);
}

// Increments, not totals, are written down, each with its record in one transaction: so it does not matter how the
// records are cut into batches when they come again.
SLUICE_TEST_CASE(a_total_counts_each_record_once_however_its_batches_are_cut)
{
    const auto here = new_stage();
    const auto db =
        here->connect({inbox::migrations(),
                       {"total", {"create table total (value bigint not null); insert into total values (0);"}}});
    const inbox totals{"order-analytics"};
    const auto handle = [&](int first, int end) -> awaitable<> {
        const auto add = [&totals, first, end](sql_transaction& within) -> awaitable<> {
            for (int offset = first; offset < end; ++offset) {
                const auto before = co_await totals.claim(within, "order.placed/0/" + std::to_string(offset), {});
                if (!before) co_await within.execute("update total set value = value + ?1", offset);
            }
        };
        co_await db->write(add);
    };
    co_await handle(0, 60);
    co_await handle(40, 100);
    co_await handle(0, 100);
    const auto look = [](sql_transaction& within) -> awaitable<std::int64_t> {
        const auto rows = co_await within.query("select value from total");
        co_return rows[0].get<std::int64_t>(0);
    };
    BOOST_TEST(co_await db->read(look) == 4950);
}
