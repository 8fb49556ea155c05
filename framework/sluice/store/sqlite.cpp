#include "sluice/store/sqlite.hpp"

#include "sluice/store/sqlite_queue.hpp"

#include <atomic>
#include <mutex>

namespace sluice::store {
namespace {

using connection = std::unique_ptr<sqlite_connection>;

void roll_back(connection& on) noexcept
{
    try {
        if (on && on->in_transaction()) on->execute("rollback");
    } catch (...) {
        on.reset();  // the next one opens the file anew
    }
}

}  // namespace

class sqlite::engine {
public:
    explicit engine(settings what) : what_{std::move(what)} {}

    sqlite_queue& writes() { return writes_; }
    sqlite_queue& reads() { return reads_; }
    [[nodiscard]] bool ready() const { return ready_; }
    [[nodiscard]] totals counted() const { return {commits_, written_}; }

private:
    void open_writer()
    {
        if (writer_) return;
        writer_ = std::make_unique<sqlite_connection>(what_.file, sqlite_connection::access::write, what_.busy);
        ready_ = true;
    }

    // One transaction for all that waits.
    void write_some()
    {
        std::vector<sqlite_job*> taken;
        try {
            open_writer();
            writer_->execute("begin immediate");
            while (taken.size() < what_.gather) {
                auto* const job = writes_.take();
                if (!job) break;
                taken.push_back(job);
                attempt(*job);
            }
            writer_->commit();
            ++commits_;
            for (const auto* job : taken) written_ += job->error ? 0 : 1;
        } catch (...) {
            const auto error = std::current_exception();
            roll_back(writer_);
            if (taken.empty())
                while (auto* const job = writes_.take()) taken.push_back(job);
            for (auto* job : taken)
                if (!job->error) job->error = error;
        }
        for (auto* job : taken) job->finish();
    }

    // Throws only when the whole transaction is lost: SQLite ends it itself when the disk is full or fails.
    void attempt(sqlite_job& job)
    {
        writer_->execute("savepoint job");
        try {
            sqlite_transaction within{*writer_};
            job.work(within);
            writer_->execute("release job");
        } catch (...) {
            job.error = std::current_exception();
            if (!writer_->in_transaction()) throw;
            writer_->execute("rollback to job");
            writer_->execute("release job");
        }
    }

    void read_one()
    {
        auto* const job = reads_.take();
        if (!job) return;
        auto reader = borrow();
        try {
            if (!reader)
                reader = std::make_unique<sqlite_connection>(what_.file, sqlite_connection::access::read, what_.busy);
            reader->execute("begin");
            sqlite_transaction within{*reader};
            job->work(within);
            reader->commit();
        } catch (...) {
            job->error = std::current_exception();
            roll_back(reader);
        }
        if (reader) {
            const std::lock_guard lock{mutex_};
            readers_.push_back(std::move(reader));
        }
        job->finish();
    }

    connection borrow()
    {
        const std::lock_guard lock{mutex_};
        if (readers_.empty()) return {};
        auto last = std::move(readers_.back());
        readers_.pop_back();
        return last;
    }

    settings what_;
    connection writer_;  // the writer's thread only
    std::atomic<bool> ready_ = false;
    std::atomic<std::uint64_t> commits_ = 0;
    std::atomic<std::uint64_t> written_ = 0;
    std::mutex mutex_;
    std::vector<connection> readers_;  // those that nobody uses now
    sqlite_queue writes_{1, what_.waiting, [this] { write_some(); }};
    sqlite_queue reads_{what_.readers, what_.waiting, [this] { read_one(); }};
};

sqlite::sqlite(settings what)
{
    if (what.readers == 0 || what.gather == 0 || what.waiting == 0)
        throw failure{{errc::invalid, "SQLite settings: readers, gather and waiting must be at least 1"}};
    engine_ = std::make_unique<engine>(std::move(what));
}

sqlite::~sqlite() = default;

awaitable<> sqlite::open()
{
    return run_job(true, [](sqlite_transaction&) {});
}

awaitable<> sqlite::run_job(bool writes, job what)
{
    if (writes) co_return co_await engine_->writes().run(std::move(what));
    if (!engine_->ready()) co_await open();
    co_await engine_->reads().run(std::move(what));
}

sqlite::totals sqlite::counted() const noexcept
{
    return engine_->counted();
}

}  // namespace sluice::store
