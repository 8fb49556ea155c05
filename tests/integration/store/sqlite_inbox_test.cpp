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
