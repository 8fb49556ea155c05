#include "sluice/store/postgres.hpp"

#include "sluice/base/result.hpp"
#include "sluice/store/postgres_connection.hpp"

#include <random>

namespace sluice::store {
namespace {

using remedy = postgres_failure::remedy;

constexpr auto to_write = "begin isolation level read committed read write";
constexpr auto to_read = "begin isolation level repeatable read read only";  // all of it sees one moment
// Whoever migrates holds this lock; the number is drawn at random. A migration may take longer than other statements.
constexpr auto to_migrate = "select pg_advisory_xact_lock(4781539203318562917); set local statement_timeout = '10min'";

class transaction final : public sql_transaction {
public:
    transaction(std::unique_ptr<postgres_connection>& on, std::string begin) : on_{on}, begin_{std::move(begin)} {}

    awaitable<> script(std::string sql) override { co_await on_->script(std::exchange(begin_, {}), std::move(sql)); }
    awaitable<> commit()
    {
        if (begin_.empty()) co_await on_->commit();
    }

private:
    awaitable<sql_rows> perform(std::string_view sql, std::vector<sql_value> arguments) override
    {
        const auto begin = std::exchange(begin_, {});
        co_return co_await on_->run(begin, sql, std::move(arguments));
    }

    std::unique_ptr<postgres_connection>& on_;
    std::string begin_;  // until it was sent, with the first statement
};

remedy remedy_for(const std::exception_ptr& error)
{
    try {
        std::rethrow_exception(error);
    } catch (const postgres_failure& failed) {
        return failed.then();
    } catch (...) {
        return remedy::none;
    }
}

}  // namespace

struct postgres::lease {
    explicit lease(postgres& of) : of{of}
    {
        while (!connection && !of.idle_.empty()) {
            connection = std::move(of.idle_.back());
            of.idle_.pop_back();
            if (!connection->alive()) connection.reset();
        }
    }
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    ~lease()
    {
        if (usable) of.idle_.push_back(std::move(connection));
        if (!of.waiting_.wake_one()) ++of.free_;
    }

    postgres& of;
    std::unique_ptr<postgres_connection> connection;
    bool usable = false;
};

postgres::postgres(settings what) : what_{std::move(what)}, server_{what_.url}, free_{what_.connections}
{
    if (what_.connections == 0 || what_.waiting == 0 || what_.attempts < 1)
        throw failure{{errc::invalid, "PostgreSQL settings: connections, waiting and attempts must be at least 1"}};
    server_.add("application_name", what_.application);
    server_.add("client_encoding", "UTF8");
}

postgres::~postgres() = default;

awaitable<> postgres::open()
{
    const auto work = [this](sql_transaction& within) -> awaitable<> {
        co_await within.script(to_migrate);
        co_await migrate(within, what_.stores);
    };
    co_await repeat(to_write, std::ref(work));
    migrated_ = true;
}

awaitable<> postgres::run(access how, unit_of_work work)
{
    if (!migrated_) co_await open();
    co_await repeat(how == access::write ? to_write : to_read, std::move(work));
}

awaitable<> postgres::repeat(std::string begin, unit_of_work work)
{
    for (int tried = 1;; ++tried) {
        const auto failed = co_await attempt(begin, work);
        if (!failed) co_return;
        // Where there is no server from the start, the caller is told at once.
        if (tried == what_.attempts || (tried == 1 && remedy_for(failed) == remedy::reconnect))
            std::rethrow_exception(failed);
        co_await sleep_for(delay_after(tried));
    }
}

duration postgres::delay_after(int attempt) const
{
    thread_local std::minstd_rand random{std::random_device{}()};
    const auto most = what_.first_delay * (1 << std::min(attempt - 1, 10));
    return std::chrono::duration_cast<duration>(most * std::uniform_real_distribution{0.5, 1.0}(random));
}

awaitable<> postgres::take_place()
{
    if (free_ > 0) {
        --free_;
        co_return;
    }
    const auto refuse = [this](const std::string& why) {
        return failure{{errc::overloaded, "PostgreSQL: " + why + " (" + server_.text() +
                                              "): try again later, or allow more connections"}};
    };
    if (waiting_.size() >= what_.waiting)
        throw refuse(std::to_string(what_.waiting) + " units of work wait for a connection");
    // The one that leaves hands its place over.
    const auto until = clock::of(co_await asio::this_coro::executor).now() + what_.wait;
    const bool given = co_await waiting_.wait_until(until);
    if (!given) throw refuse("all " + std::to_string(what_.connections) + " connections stay busy");
}

awaitable<std::exception_ptr> postgres::attempt(const std::string& begin, const unit_of_work& work)
{
    co_await take_place();
    lease held{*this};
    transaction within{held.connection, begin};
    std::exception_ptr failed;
    try {
        if (!held.connection) {
            const postgres_connection::limits bounds{what_.connect, what_.statement};
            const auto loop = co_await asio::this_coro::executor;
            auto fresh = std::make_unique<postgres_connection>(loop, server_.text(), bounds);
            co_await fresh->open(server_);
            held.connection = std::move(fresh);
        }
        co_await work(within);
        if (within.lost()) std::rethrow_exception(within.lost());
        co_await within.commit();
    } catch (...) {
        failed = std::current_exception();
    }
    held.usable = !failed;
    if (failed && held.connection) {
        const bool throwing = co_await asio::this_coro::throw_if_cancelled();
        co_await asio::this_coro::throw_if_cancelled(false);  // else this wait, too, throws where that was cancelled
        held.usable = co_await held.connection->clean(server_);
        co_await asio::this_coro::throw_if_cancelled(throwing);
    }
    if (!failed) co_return nullptr;
    // Whatever the work made of a statement's failure: that has decided.
    if (within.lost() && remedy_for(within.lost()) != remedy::none) co_return within.lost();
    if (remedy_for(failed) != remedy::none) co_return failed;
    std::rethrow_exception(failed);
}

}  // namespace sluice::store
