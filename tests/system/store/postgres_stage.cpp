#include "postgres_stage.hpp"

#include "sluice/store/postgres.hpp"
#include "sluice/testing/run_test.hpp"
#include "store/stage.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <optional>

using namespace sluice;

namespace {

struct server {
    void setup()
    {
        auto start = [](testing::postgres_server& all) -> awaitable<> { co_await all.start(); };
        running.emplace(loop.get_executor());
        std::exception_ptr failed;
        auto finish = [&](std::exception_ptr error) { failed = std::move(error); };
        asio::co_spawn(loop, start(*running), finish);
        loop.run();
        if (failed) std::rethrow_exception(failed);
    }
    void teardown() { running.reset(); }

    static asio::io_context loop;
    static std::optional<testing::postgres_server> running;
};
asio::io_context server::loop;
std::optional<testing::postgres_server> server::running;

BOOST_TEST_GLOBAL_FIXTURE(server);

class postgres_stage final : public stage {
public:
    postgres_stage() : url_{url_of_new_schema()} {}

    std::unique_ptr<store::sql_database> connect(std::vector<store::sql_migrations> stores) override
    {
        return std::make_unique<store::postgres>(
            store::postgres::settings{.url = url_, .stores = std::move(stores), .connections = 4});
    }

private:
    std::string url_;
};

}  // namespace

testing::postgres_server& shared_server()
{
    return *server::running;
}

std::string url_of_new_schema()
{
    static int made = 0;
    const auto name = "case_" + std::to_string(++made);
    const auto url = shared_server().url();
    const auto body = [&]() -> awaitable<> {
        store::postgres admin{{.url = url}};
        const auto work = [&](store::sql_transaction& within) { return within.script("create schema " + name); };
        co_await admin.write(work);
    };
    testing::run_test(body);
    return url + "?options=-csearch_path%3D" + name;
}

std::unique_ptr<stage> new_stage()
{
    return std::make_unique<postgres_stage>();
}
