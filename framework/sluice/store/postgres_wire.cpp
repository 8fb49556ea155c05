#include "sluice/store/postgres_wire.hpp"

#include "sluice/base/json_text.hpp"
#include "sluice/store/postgres_words.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <libpq-fe.h>
#include <unistd.h>

#include <vector>

namespace sluice::store {
namespace {

using remedy = postgres_failure::remedy;

// What libpq says, in one line.
std::string last_words(const PGconn* connection)
{
    std::string text;
    for (const char c : std::string_view{PQerrorMessage(connection)}) {
        const bool space = c == ' ' || c == '\n' || c == '\t';
        if (!space)
            text.push_back(c);
        else if (!text.empty() && text.back() != ' ')
            text.push_back(' ');
    }
    while (text.ends_with(' ')) text.pop_back();
    return text.empty() ? "the connection was lost" : text;
}

}  // namespace

void postgres_wire::closer::operator()(pg_conn* connection) const noexcept
{
    PQfinish(connection);
}

void postgres_wire::closer::operator()(pg_result* result) const noexcept
{
    PQclear(result);
}

std::string_view state_of(const pg_result* result)
{
    const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return state ? state : "";
}

postgres_wire::postgres_wire(asio::any_io_executor loop, std::string where)
    : loop_{std::move(loop)},
      where_{std::move(where)},
      socket_{loop_}
{
}

void postgres_wire::watch()
{
    socket_ = asio::posix::stream_descriptor{loop_, ::dup(PQsocket(handle_.get()))};
}

awaitable<> postgres_wire::wait(bool to_write, time_point until)
{
    bool late = false;
    const auto expire = [&] {
        late = true;
        socket_.cancel();
    };
    const auto alarm = clock::of(loop_).at(until, expire);
    const auto what = to_write ? asio::posix::descriptor_base::wait_write : asio::posix::descriptor_base::wait_read;
    for (bool ready = false; !ready;) {
        const auto ended = co_await socket_.async_wait(what, asio::as_tuple(asio::use_awaitable));
        const auto ec = std::get<0>(ended);
        ready = !ec;
        if (ready) continue;
        if (late) {
            broken = true;
            throw postgres_failure{{errc::timed_out, "PostgreSQL: no answer in time (" + where_ + "): is it busy?"},
                                   remedy::none};
        }
        if (!patient) throw boost::system::system_error{ec};
    }
}

awaitable<> postgres_wire::open(const postgres_address& server, time_point until)
{
    const auto options = co_await server.resolved();
    std::vector<const char*> names, values;
    for (const auto& [name, value] : options) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    handle_.reset(PQconnectStartParams(names.data(), values.data(), 0));
    if (!handle_) throw std::bad_alloc{};
    PQsetNoticeProcessor(handle_.get(), [](void*, const char*) {}, nullptr);
    try {
        co_await shake_hands(until);
    } catch (const postgres_failure& failed) {
        throw postgres_failure{{errc::unavailable, failed.what()}, remedy::reconnect};
    }
    watch();
    PQsetnonblocking(handle_.get(), 1);
}

awaitable<> postgres_wire::shake_hands(time_point until)
{
    const auto check = [this](PostgresPollingStatusType state) {
        if (state == PGRES_POLLING_FAILED || PQstatus(handle_.get()) == CONNECTION_BAD)
            throw postgres_failure{{errc::unavailable, "PostgreSQL: " + last_words(handle_.get()) + " (" + where_ +
                                                           "): start it, or check postgres.url"},
                                   remedy::reconnect};
    };
    for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK; state = PQconnectPoll(handle_.get())) {
        check(state);
        watch();  // each attempt may be on another socket
        co_await wait(state == PGRES_POLLING_WRITING, until);
    }
}

bool postgres_wire::alive()
{
    if (broken || PQstatus(handle_.get()) != CONNECTION_OK) return false;
    // The first may read the server's last words, the second then sees the end.
    return PQconsumeInput(handle_.get()) && PQconsumeInput(handle_.get()) && PQstatus(handle_.get()) == CONNECTION_OK;
}

awaitable<> postgres_wire::send(time_point until)
{
    for (int left = 1; left != 0;) {
        left = PQflush(handle_.get());
        if (left < 0) co_return;  // reading says why
        if (left > 0) co_await wait(true, until);
    }
}

awaitable<postgres_wire::result_ptr> postgres_wire::next(time_point until)
{
    while (PQisBusy(handle_.get())) {
        co_await wait(false, until);
        if (!PQconsumeInput(handle_.get())) break;
    }
    co_return result_ptr{PQgetResult(handle_.get())};
}

void postgres_wire::queue(const char* sql)
{
    must(PQsendQueryParams(handle_.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, 0), sql);
}

awaitable<postgres_wire::outcome> postgres_wire::finish(std::string_view sql, time_point until)
{
    running = true;
    must(PQpipelineSync(handle_.get()), sql);
    co_return co_await rest(until);
}

awaitable<postgres_wire::outcome> postgres_wire::rest(time_point until)
{
    outcome all;
    co_await send(until);
    for (bool between = false; running;) {
        auto result = co_await next(until);
        if (!result) {
            if (between || PQstatus(handle_.get()) == CONNECTION_BAD) break;
            between = true;
            continue;
        }
        between = false;
        switch (PQresultStatus(result.get())) {
            case PGRES_PIPELINE_SYNC: running = false; break;
            case PGRES_PIPELINE_ABORTED: break;
            case PGRES_COMMAND_OK:
            case PGRES_TUPLES_OK:
                ++all.fulfilled;
                all.last = std::move(result);
                break;
            default:
                if (!all.failed) all.failed = std::move(result);
        }
    }
    if (running) broken = true;
    co_return all;
}

awaitable<> postgres_wire::run_simply(const std::string& sql, time_point until)
{
    if (!alive()) throw lost(sql);
    broken = true;  // unless its end is seen: it cannot be told from what comes next
    must(PQsendQuery(handle_.get(), sql.c_str()), sql);
    co_await send(until);
    result_ptr failed;
    for (bool more = true; more;) {
        auto result = co_await next(until);
        more = result != nullptr;
        const auto status = PQresultStatus(result.get());
        const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
        if (more && !good && !failed) failed = std::move(result);
    }
    broken = PQstatus(handle_.get()) == CONNECTION_BAD;
    if (failed) throw explain(failed.get(), sql);
    if (broken) throw lost(sql);
}

postgres_failure postgres_wire::lost(std::string_view sql) const
{
    return {{errc::unavailable,
             "PostgreSQL: " + last_words(handle_.get()) + " (" + where_ + ", in \"" + printable(sql, 60) + "\")"},
            remedy::again};
}

postgres_failure postgres_wire::explain(const pg_result* result, std::string_view sql)
{
    const auto state = state_of(result);
    if (state.empty()) return lost(sql);
    auto what = class_of_state(state);
    const char* const words = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char* const routine = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    // Somebody has changed a table: what was prepared before is of no more use.
    if (routine && std::string_view{routine} == "RevalidateCachedQuery") what = {errc::unavailable, true, true};
    broken = broken || what.over;
    std::string text = "PostgreSQL: ";
    text.append(words ? words : "unknown error").append(" (").append(where_).append(", SQLSTATE ").append(state);
    text.append(", in \"").append(printable(sql, 60)).append("\")");
    if (!what.advice.empty()) text.append(": ").append(what.advice);
    return {{what.code, std::move(text)}, what.again ? remedy::again : remedy::none};
}

}  // namespace sluice::store
