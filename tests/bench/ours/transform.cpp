// Exactly once: what is read is written again with its offsets, so many records a transaction.
#include "run.hpp"
#include "stopwatch.hpp"
#include "works.hpp"

#include "sluice/flow/flow.hpp"
#include "sluice/kafka/consumer.hpp"
#include "sluice/kafka/transactional_producer.hpp"

#include <spdlog/fmt/fmt.h>

namespace sluice::bench {
namespace {

// Counts what is committed, and ends the flow when that is all.
class counted final : public transactional_sink {
public:
    counted(transactional_sink& to, std::size_t wanted) : to_{to}, wanted_{wanted} {}

    awaitable<boost::system::result<void, transaction_error>> transact(outgoing_batch what, positions finished,
                                                                       membership of) override
    {
        const auto count = what->size();
        auto done = co_await to_.transact(std::move(what), std::move(finished), std::move(of));
        if (done && (committed_ += count) >= wanted_ && seconds_ == 0) {
            seconds_ = watch_.seconds();
            cpu_seconds_ = watch_.cpu_seconds();
            stop_.cancel(cancel_reason::shutdown);
        }
        co_return done;
    }
    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view topic) const override
    {
        return to_.partitions_of(topic);
    }

    void begin()
    {
        if (!std::exchange(begun_, true)) watch_.start();
    }
    [[nodiscard]] cancellation_token stop() const { return stop_.token(); }
    [[nodiscard]] std::string told() const
    {
        return fmt::format(R"({{"records":{},"seconds":{:.6f},"cpu_us":{:.4f}}})", committed_, seconds_,
                           cpu_seconds_ * 1e6 / static_cast<double>(committed_));
    }

private:
    transactional_sink& to_;
    const std::size_t wanted_;
    std::size_t committed_ = 0;
    bool begun_ = false;
    stopwatch watch_;
    double seconds_ = 0, cpu_seconds_ = 0;
    cancellation stop_;
};

awaitable<std::string> transform_all(const given& options)
{
    const auto loop = co_await asio::this_coro::executor;
    const auto group = options.text("group"), topic = options.text("topic");
    const auto size = static_cast<std::size_t>(options.number("transaction", 10'000));
    offload blocking;
    metrics numbers;
    std::string told;
    {
        kafka::transactional_producer to{
            loop, options.cluster(), {.transactional_id = group, .records = size}, blocking, {}};
        (co_await to.open()).value();
        kafka::consumer from{loop, options.cluster(), {.group = group, .topics = {topic}}, blocking};
        counted sink{to, static_cast<std::size_t>(options.number("records"))};
        // So long that it is the number of records which decides.
        const flow_settings how{.group = group,
                                .mode = delivery::exactly_once,
                                .transaction = {.records = size, .age = std::chrono::seconds{10}, .bytes = 256 << 20}};
        flow records{from, sink, how, {.log = {}, .numbers = numbers, .time = clock::of(loop), .stop = sink.stop()}};
        const auto handler = [&, out = options.text("to")](const record& what, context&) -> awaitable<reply> {
            sink.begin();
            reply answer;
            answer.add({.topic = out, .key = std::string{*what.key()}, .value = std::string{*what.value()}});
            co_return answer;
        };
        co_await records.run(handler);
        told = sink.told();
    }
    co_return told;
}

}  // namespace

std::string transform(const given& options)
{
    return run([&] { return transform_all(options); });
}

}  // namespace sluice::bench
