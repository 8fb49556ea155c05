#include "sluice/testing/broker_fixture.hpp"

namespace sluice::testing {

using namespace std::chrono_literals;

broker_fixture::broker_fixture(asio::any_io_executor loop)
    : loop_{std::move(loop)},
      producer_{loop_, broker_.client_settings(), {}, blocking_, {}}
{
}

void broker_fixture::create(const std::string& topic, std::int32_t partitions)
{
    broker_.create_topic(topic, partitions);
}

awaitable<position> broker_fixture::send(outgoing what)
{
    auto sent = co_await producer_.send(std::move(what));
    co_return std::move(sent.value());
}

std::unique_ptr<kafka::consumer> broker_fixture::join(std::string group, std::string topic)
{
    kafka::consumer_settings what{.group = std::move(group), .topics = {std::move(topic)}};
    return std::make_unique<kafka::consumer>(loop_, settings(), std::move(what), blocking_);
}

awaitable<std::vector<record>> broker_fixture::read(std::string topic, std::size_t count, duration limit)
{
    auto& time = clock::of(loop_);
    const auto from = join("fixture-reader-" + std::to_string(++readers_), topic);
    const cancellation late{{}, time, time.now() + limit};
    std::vector<record> all;
    std::exception_ptr failed;
    try {
        all = co_await run_under(late.token(), collect(*from, count));
    } catch (...) {
        failed = std::current_exception();
    }
    co_await from->close(time.now() + 5s);
    if (late.token().cancelled())
        throw failure{{errc::timed_out, topic + ": fewer than " + std::to_string(count) + " records came in time"}};
    if (failed) std::rethrow_exception(failed);
    co_return all;
}

awaitable<std::vector<record>> broker_fixture::collect(source& from, std::size_t count)
{
    std::vector<record> all;
    while (all.size() < count) {
        auto next = co_await from.next();
        if (auto* some = std::get_if<batch>(&next)) {
            for (const auto& one : some->records)
                if (all.size() < count) all.push_back(one.detach());
        } else if (const auto* ours = std::get_if<assigned>(&next)) {
            positions start;
            for (const auto& where : ours->partitions) start.push_back({.where = where});
            const auto accepted = co_await from.accept(std::move(start));
            accepted.value();
        } else if (const auto* trouble = std::get_if<failed>(&next); trouble && trouble->error == errc::fatal) {
            throw failure{trouble->error};
        }
    }
    co_return all;
}

awaitable<> broker_fixture::close()
{
    co_await producer_.close(clock::of(loop_).now() + 5s);
}

}  // namespace sluice::testing
