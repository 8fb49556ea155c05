#include "postgres_stage.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/store/postgres.hpp"
#include "sluice/testing/certificate.hpp"
#include "sluice/testing/temporary_folder.hpp"
#include "sluice/testing/test_case.hpp"
#include "store/failures.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using store::postgres;
using store::sql_transaction;

namespace {

testing::postgres_settings with_tls()
{
    return {.tls = true};
}

std::string verified_by(const std::filesystem::path& certificate)
{
    return "?sslmode=verify-full&sslrootcert=" + certificate.string();
}

std::string at(std::string url, const std::string& host)
{
    return url.replace(url.find("127.0.0.1"), 9, host);
}

awaitable<std::int64_t> ask(store::sql_database& db, std::string sql)
{
    const auto work = [&](sql_transaction& within) -> awaitable<std::int64_t> {
        const auto rows = co_await within.query(sql);
        co_return rows[0].get<std::int64_t>(0);
    };
    co_return co_await db.read(work);
}

}  // namespace

SLUICE_TEST_CASE(a_connection_is_encrypted_and_its_server_verified_as_the_address_says, 60s)
{
    testing::postgres_server server{co_await asio::this_coro::executor, with_tls()};
    co_await server.start();
    for (const auto* host : {"127.0.0.1", "localhost"}) {
        postgres db{{.url = at(server.url(), host) + verified_by(server.certificate())}};
        BOOST_TEST(co_await ask(db, "select count(*) from pg_stat_ssl where ssl and pid = pg_backend_pid()") == 1);
        // Larger than what TLS and the socket hold at once, in both directions.
        const store::blob bytes{std::string(5'000'000, '\x80')};
        const auto echo = [&](sql_transaction& within) -> awaitable<bool> {
            const auto rows = co_await within.query("select cast(?1 as bytea)", bytes);
            co_return rows[0].get<std::string>(0) == bytes.bytes;
        };
        BOOST_TEST(co_await db.write(echo));
    }
    co_await server.stop();
}

SLUICE_TEST_CASE(a_server_that_is_not_the_one_it_should_be_is_told_nothing, 60s)
{
    const testing::temporary_folder folder;
    std::string names{"DNS:localhost"};
    co_await testing::make_certificate(folder / "key.pem", folder / "another.pem", std::move(names));
    testing::postgres_server server{co_await asio::this_coro::executor, with_tls()};
    co_await server.start();
    const auto own = verified_by(server.certificate());
    const std::pair<std::string, std::string> rows[] = {
        {server.url() + verified_by(folder / "another.pem"), "certificate verify failed"},
        {at(server.url(), "shop.example") + own + "&hostaddr=127.0.0.1", "does not match host name"},
        {server.url() + "?sslmode=disable", "no encryption"},
        {shared_server().url() + "?sslmode=require", "does not support SSL"}};
    for (const auto& [url, words] : rows) {
        postgres db{{.url = url}};
        const auto why = co_await failure_of(db.open());
        BOOST_TEST((why == errc::unavailable), why.message());
        BOOST_TEST(why.message().find(words) != std::string::npos, why.message());
        BOOST_TEST(why.message().find("s3cret") == std::string::npos, why.message());
    }
    co_await server.stop();
}

// The second connection, over which a statement is cancelled, is encrypted too: the server takes no other.
SLUICE_TEST_CASE(a_statement_is_cancelled_over_an_encrypted_connection_too, 60s)
{
    const auto loop = co_await asio::this_coro::executor;
    testing::postgres_server server{loop, with_tls()};
    co_await server.start();
    const auto url = server.url() + verified_by(server.certificate());
    postgres db{{.url = url, .connections = 1}};
    postgres watcher{{.url = url}};
    const auto session = co_await ask(db, "select pg_backend_pid()");
    const auto sleeping = [&]() -> awaitable<> { co_await ask(db, "select count(pg_sleep(25))"); };
    constexpr auto seen =
        "select count(*) from pg_stat_activity where state = 'active' and query like '%pg_sleep(25)%' "
        "and pid <> pg_backend_pid()";
    scope unwanted{loop};
    unwanted.spawn(sleeping());
    for (bool running = false; !running;) running = co_await ask(watcher, seen) == 1;
    unwanted.cancel();
    co_await unwanted.join();
    BOOST_TEST(co_await ask(watcher, seen) == 0);
    BOOST_TEST(co_await ask(db, "select pg_backend_pid()") == session);
    co_await server.stop();
}
