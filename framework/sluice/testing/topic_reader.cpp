#include "sluice/testing/topic_reader.hpp"

#include "sluice/base/cancellation.hpp"
#include "sluice/kafka/admin.hpp"

#include <iterator>

namespace sluice::testing {

using namespace std::chrono_literals;

awaitable<> topic_reader::open(std::string topic)
{
    return open(std::vector<std::string>{std::move(topic)});
}

awaitable<> topic_reader::open(std::vector<std::string> topics)
{
    for (const auto& topic : topics) name_ += (name_.empty() ? "" : ", ") + topic;
    kafka::admin admin{cluster_, blocking_, {}};
    const auto found = co_await admin.topics(std::move(topics));
    kafka::consumer_settings what{.group = "topic-reader", .topics = {}};
    for (const auto& log : found.value()) {
        what.partitions.push_back(log.where);
        start_.push_back({.where = log.where, .offset = log.begin});
    }
    from_ = std::make_unique<kafka::consumer>(loop_, cluster_, std::move(what), blocking_);
}

awaitable<std::vector<record>> topic_reader::read(std::size_t count, duration limit)
{
    auto& time = clock::of(loop_);
    const cancellation late{{}, time, time.now() + limit};
    try {
        co_await run_under(late.token(), collect(count));
    } catch (const boost::system::system_error&) {
        if (!late.token().cancelled()) throw;
    }
    if (read_.size() < count)
        throw failure{{errc::timed_out, name_ + ": fewer than " + std::to_string(count) + " records came in time"}};
    const auto end = read_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<record> first{std::move_iterator{read_.begin()}, std::move_iterator{end}};
    read_.erase(read_.begin(), end);
    co_return first;
}

awaitable<> topic_reader::collect(std::size_t count)
{
    while (read_.size() < count) {
        auto next = co_await from_->next();
        if (const auto* some = std::get_if<batch>(&next)) {
            for (const auto& one : some->records) read_.push_back(one.detach());
        } else if (std::holds_alternative<assigned>(next)) {
            (co_await from_->accept(start_)).value();
        } else if (const auto* trouble = std::get_if<failed>(&next); trouble && trouble->error == errc::fatal) {
            throw failure{trouble->error};
        }
    }
}

awaitable<> topic_reader::close()
{
    if (from_) co_await from_->close(clock::of(loop_).now() + 5s);
}

}  // namespace sluice::testing
