#include "sluice/store/sqlite_inbox.hpp"

#include "sluice/testing/test_case.hpp"
#include "temporary_folder.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using store::sqlite;
using store::sqlite_inbox;
using store::sqlite_transaction;

namespace {

constexpr timestamp noon{std::chrono::hours{12}};

}  // namespace

SLUICE_TEST_CASE(an_inbox_gives_back_the_reply_to_its_own_records)
{
    const temporary_folder folder;
    sqlite db{{.file = folder / "a.db", .migrations = {sqlite_inbox::migration}}};
    const sqlite_inbox stock{"inventory-service"}, mail{"email-service"};
    const std::string reply{"a\0\xff", 3};
    const auto put = [&](sqlite_transaction& within) { stock.put(within, "id-1", reply, noon); };
    co_await db.write(put);
    const auto look = [&](sqlite_transaction& within) {
        BOOST_TEST((stock.find(within, "id-1") == reply));
        BOOST_TEST(!stock.find(within, "id-2"));
        BOOST_TEST(!mail.find(within, "id-1"));
    };
    co_await db.read(look);
    try {
        co_await db.write(put);
        BOOST_ERROR("the same record was put twice");
    } catch (const failure& twice) {
        BOOST_TEST((twice.why() == errc::invalid));
    }
}

SLUICE_TEST_CASE(pruning_forgets_the_oldest_first_and_only_those_of_its_handler)
{
    const temporary_folder folder;
    sqlite db{{.file = folder / "a.db", .migrations = {sqlite_inbox::migration}}};
    const sqlite_inbox stock{"inventory-service"}, mail{"email-service"};
    const auto prune = [&](sqlite_transaction& within) {
        for (int hour = 0; hour < 4; ++hour) {
            const auto id = "id-" + std::to_string(hour);
            stock.put(within, id, "", noon + std::chrono::hours{hour});
            mail.put(within, id, "", noon + std::chrono::hours{hour});
        }
        BOOST_TEST(stock.prune(within, noon + 3h, 2) == 2);
        BOOST_TEST(!stock.find(within, "id-1"));
        BOOST_TEST(stock.find(within, "id-2").has_value());
        BOOST_TEST(stock.prune(within, noon + 3h) == 1);
        BOOST_TEST(stock.find(within, "id-3").has_value());
        BOOST_TEST(mail.find(within, "id-0").has_value());
    };
    co_await db.write(prune);
}

// Increments, not totals, are written down, each with its record in one transaction: so it does not matter how the
// records are cut into batches when they come again.
SLUICE_TEST_CASE(a_total_counts_each_record_once_however_its_batches_are_cut)
{
    const temporary_folder folder;
    constexpr auto schema = "create table total (value integer not null) strict; insert into total values (0);";
    sqlite db{{.file = folder / "a.db", .migrations = {sqlite_inbox::migration, schema}}};
    const sqlite_inbox inbox{"order-analytics"};
    const auto handle = [&](int first, int end) -> awaitable<> {
        const auto add = [&inbox, first, end](sqlite_transaction& within) {
            for (int offset = first; offset < end; ++offset) {
                const auto id = "order.placed/0/" + std::to_string(offset);
                if (inbox.find(within, id)) continue;
                inbox.put(within, id, "", noon);
                within.execute("update total set value = value + ?", {std::int64_t{offset}});
            }
        };
        return db.write(add);
    };
    co_await handle(0, 60);
    co_await handle(40, 100);
    co_await handle(0, 100);
    const auto look = [](sqlite_transaction& within) {
        auto rows = within.query("select value from total");
        BOOST_TEST_REQUIRE(rows.next());
        BOOST_TEST(rows.get<std::int64_t>(0) == 4950);
    };
    co_await db.read(look);
}
