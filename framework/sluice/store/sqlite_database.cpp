#include "sluice/store/sqlite_database.hpp"

#include "sluice/base/result.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/assert.hpp>

namespace sluice::store {
namespace {

sqlite_value as_view(const sql_value& value)
{
    struct viewer {
        sqlite_value operator()(std::nullptr_t) const { return nullptr; }
        sqlite_value operator()(std::int64_t number) const { return number; }
        sqlite_value operator()(const std::string& text) const { return std::string_view{text}; }
        sqlite_value operator()(const blob& bytes) const { return blob_view{bytes.bytes}; }
    };
    return std::visit(viewer{}, value);
}

class transaction final : public sql_transaction {
public:
    explicit transaction(sqlite_connection& on) : on_{on} {}

    awaitable<> script(std::string sql) override
    {
        on_.script(sql);
        co_return;
    }

private:
    awaitable<sql_rows> perform(std::string_view sql, std::vector<sql_value> arguments) override
    {
        std::vector<sqlite_value> views;
        views.reserve(arguments.size());
        for (const auto& argument : arguments) views.push_back(as_view(argument));
        auto rows = on_.query(sql, std::span<const sqlite_value>{views});
        const int columns = rows.columns();
        std::vector<sql_value> cells;
        while (rows.next())
            for (int column = 0; column < columns; ++column) cells.push_back(rows.value(column));
        co_return sql_rows{static_cast<std::size_t>(columns), std::move(cells), on_.changed()};
    }

    sqlite_connection& on_;
};

// Runs a coroutine to its end on this thread: its statements do not suspend it. The rest of what it could wait for is
// refused, because it would keep the file's lock meanwhile.
void run_here(awaitable<> work)
{
    asio::io_context loop{1};
    asio::cancellation_signal stop;
    bool ended = false;
    std::exception_ptr error;
    auto finish = [&](std::exception_ptr thrown) {
        ended = true;
        error = std::move(thrown);
    };
    asio::co_spawn(loop, std::move(work), asio::bind_cancellation_slot(stop.slot(), finish));
    loop.poll();
    if (!ended) {
        stop.emit(asio::cancellation_type::all);
        loop.restart();
        loop.poll();
        BOOST_ASSERT_MSG(ended, "work on a SQLite file waits for something else, and cannot be cancelled");
        error = std::make_exception_ptr(failure{
            {errc::invalid, "SQLite: work in a transaction has waited for something else: wait before it, or after"}});
    }
    if (error) std::rethrow_exception(error);
}

}  // namespace

sqlite_database::sqlite_database(std::shared_ptr<sqlite> file, std::vector<sql_migrations> stores)
    : file_{std::move(file)},
      stores_{std::move(stores)}
{
}

sqlite_database::sqlite_database(std::filesystem::path file, std::vector<sql_migrations> stores)
    : sqlite_database{std::make_shared<sqlite>(sqlite::settings{.file = std::move(file)}), std::move(stores)}
{
}

awaitable<> sqlite_database::open()
{
    const auto work = [this](sqlite_transaction& on) {
        transaction within{on.connection()};
        run_here(migrate(within, stores_));
    };
    co_await file_->write(work);
    migrated_ = true;
}

awaitable<> sqlite_database::run(access how, unit_of_work work)
{
    if (!migrated_) co_await open();
    const auto job = [&work](sqlite_transaction& on) {
        transaction within{on.connection()};
        run_here(work(within));
        if (within.lost()) std::rethrow_exception(within.lost());
    };
    if (how == access::write)
        co_await file_->write(job);
    else
        co_await file_->read(job);
}

}  // namespace sluice::store
