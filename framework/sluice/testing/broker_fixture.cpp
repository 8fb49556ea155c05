#include "sluice/testing/broker_fixture.hpp"

#include "sluice/testing/topic_reader.hpp"

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
    topic_reader reader{loop_, settings(), blocking_};
    std::vector<record> all;
    std::exception_ptr failed;
    try {
        co_await reader.open(std::move(topic));
        all = co_await reader.read(count, limit);
    } catch (...) {
        failed = std::current_exception();
    }
    co_await reader.close();
    if (failed) std::rethrow_exception(failed);
    co_return all;
}

awaitable<> broker_fixture::close()
{
    co_await producer_.close(clock::of(loop_).now() + 5s);
}

}  // namespace sluice::testing
