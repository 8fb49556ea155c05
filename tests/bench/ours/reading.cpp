#include "reading.hpp"

#include "sluice/flow/flow.hpp"
#include "sluice/kafka/consumer.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/record/source_decorator.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace sluice::bench {

using namespace std::chrono_literals;

/// Hands out the first batch when nothing of the process works any more.
class reading::after_the_fetch final : public source_decorator {
public:
    after_the_fetch(source& from, stopwatch& watch) : source_decorator{from}, watch_{watch} {}

    awaitable<event> next() override
    {
        if (accepted_ && !std::exchange(waited_, true)) co_await wait_until_quiet();
        co_return co_await from_.next();
    }
    awaitable<result<>> accept(positions from) override
    {
        accepted_ = true;
        return from_.accept(std::move(from));
    }

private:
    awaitable<> wait_until_quiet()
    {
        const double limit = now() + 60;
        double before = cpu();
        for (int quiet = 0; quiet < 5;) {
            co_await sleep_for(100ms);
            const double after = cpu();
            quiet = after - before < 0.002 ? quiet + 1 : 0;
            before = after;
            if (now() > limit) throw std::runtime_error{"it never gets quiet"};
        }
        watch_.start();
    }

    stopwatch& watch_;
    bool accepted_ = false, waited_ = false;
};

reading::reading(const given& options)
    : cluster_{options.cluster()},
      topic_{options.text("topic")},
      group_{options.text("group")},
      records_{static_cast<std::size_t>(options.number("records"))},
      filled_{options.number("filled", 0) != 0}
{
}

void reading::begin(std::size_t more)
{
    if (begun_ == 0 && !filled_) watch_.start();
    begun_ += more;
}

void reading::end(std::size_t more)
{
    if (ended_ >= records_ || (ended_ += more) < records_) return;
    seconds_ = watch_.seconds();
    cpu_seconds_ = watch_.cpu_seconds();
    stop_.cancel(cancel_reason::shutdown);
}

std::string reading::run(flow_settings how, any_handler handler)
{
    asio::io_context loop{1};
    std::exception_ptr failed;
    asio::co_spawn(loop, run_on(loop.get_executor(), std::move(how), std::move(handler)),
                   [&failed](std::exception_ptr error) { failed = error; });
    loop.run();
    if (failed) std::rethrow_exception(failed);
    if (ended_ < records_) throw std::runtime_error{"it ended before its records did"};
    auto told = fmt::format("{{\"records\":{},\"seconds\":{:.6f},\"bytes\":{}", ended_, seconds_, bytes_);
    if (filled_) told += fmt::format(",\"cpu_us\":{:.6f}", cpu_seconds_ * 1e6 / static_cast<double>(ended_));
    return told + "}";
}

awaitable<> reading::run_on(asio::any_io_executor loop, flow_settings how, any_handler handler)
{
    offload pool;
    metrics numbers;
    kafka::producer producer{loop, cluster_, {}, pool, {}};
    {
        how.group = group_;
        kafka::consumer consumer{loop, cluster_, {.group = group_, .topics = {topic_}}, pool};
        after_the_fetch filled{consumer, watch_};
        source& from = filled_ ? static_cast<source&>(filled) : consumer;
        flow records{
            from, producer, how, {.log = {}, .numbers = numbers, .time = clock::of(loop), .stop = stop_.token()}};
        if (auto* each = std::get_if<record_handler>(&handler))
            co_await records.run(std::move(*each));
        else
            co_await records.run_batch(std::get<batch_handler>(std::move(handler)));
    }
    co_await producer.close(clock::of(loop).now() + 5s);
}

}  // namespace sluice::bench
