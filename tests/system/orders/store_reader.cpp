#include "system/orders/store_reader.hpp"

#include "sluice/testing/until.hpp"

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <stdexcept>

namespace {

class reader {
public:
    explicit reader(const std::filesystem::path& file)
    {
        sqlite3* opened = nullptr;
        const int code = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
        file_.reset(opened);
        check(code);
        check(sqlite3_busy_timeout(opened, 5'000));
        run("begin", [](sqlite3_stmt*) {});  // one moment for all that is read
    }

    void run(const char* sql, const std::function<void(sqlite3_stmt*)>& each_row)
    {
        sqlite3_stmt* prepared = nullptr;
        check(sqlite3_prepare_v2(file_.get(), sql, -1, &prepared, nullptr));
        const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement{prepared, sqlite3_finalize};
        int code = SQLITE_ROW;
        while ((code = sqlite3_step(prepared)) == SQLITE_ROW) each_row(prepared);
        if (code != SQLITE_DONE) check(code);
    }

    std::int64_t number(const char* sql)
    {
        std::int64_t value = 0;
        run(sql, [&](sqlite3_stmt* row) { value = sqlite3_column_int64(row, 0); });
        return value;
    }

private:
    void check(int code)
    {
        if (code != SQLITE_OK) throw std::runtime_error{file_ ? sqlite3_errmsg(file_.get()) : sqlite3_errstr(code)};
    }

    std::unique_ptr<sqlite3, int (*)(sqlite3*)> file_{nullptr, sqlite3_close};
};

}  // namespace

stored_orders read_store(const std::filesystem::path& file)
{
    reader store{file};
    stored_orders all;
    store.run("select order_id, reserved from decision", [&](sqlite3_stmt* row) {
        const auto* id = reinterpret_cast<const char*>(sqlite3_column_text(row, 0));
        all.reserved[id] = sqlite3_column_int(row, 1) != 0;
    });
    all.initial = store.number("select sum(initial) from stock");
    all.available = store.number("select sum(available) from stock");
    all.taken = store.number("select sum(reserved) from stock");
    all.reservations = store.number("select sum(quantity) from reservation");
    all.broken = store.number("select count(*) from stock where available + reserved <> initial or available < 0") +
                 store.number(
                     "select count(*) from reservation where order_id not in "
                     "(select order_id from decision where reserved = 1)");
    return all;
}

sluice::awaitable<> until_decided(std::filesystem::path file, std::size_t orders)
{
    const auto decided = [&] {
        return reader{file}.number("select count(*) from decision") >= static_cast<std::int64_t>(orders);
    };
    co_await sluice::testing::until(decided, "all orders are decided");
}
