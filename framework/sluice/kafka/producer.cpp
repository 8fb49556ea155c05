#include "sluice/kafka/producer.hpp"

#include "sluice/kafka/detail/producer_engine.hpp"

#include <boost/asio/use_awaitable.hpp>

namespace sluice::kafka {

producer::producer(asio::any_io_executor loop, settings cluster, producer_settings how, offload& blocking, logger log)
    : engine_{
          std::make_shared<detail::producer_engine>(std::move(loop), std::move(cluster), how, blocking, std::move(log))}
{
}

producer::~producer()
{
    engine_->end();
}

awaitable<result<position>> producer::send(outgoing what)
{
    return send_until(std::move(what), time_point::max());
}

// Not a coroutine: the only frame that a send costs is Asio's.
awaitable<result<position>> producer::send_until(outgoing what, time_point when)
{
    auto initiate = [engine = engine_.get(), when](auto handler, detail::delivery_handle made) {
        using wait = detail::lone_wait<decltype(handler)>;
        auto* const waiting = new wait{std::move(handler), engine->loop(), engine->answered()};
        waiting->wait_for(*made);
        if (when != time_point::max()) waiting->ends_by(engine->end_wait_at(when, *made));
        engine->submit(std::move(made));
    };
    detail::delivery_handle made{new detail::lone_delivery{std::move(what)}};
    return asio::async_initiate<const asio::use_awaitable_t<>, void(error_code, result<position>)>(
        initiate, asio::use_awaitable, std::move(made));
}

awaitable<std::vector<result<position>>> producer::send_all(std::vector<outgoing> what)
{
    const auto answers = std::make_shared<detail::wave>(what.size());
    if (!what.empty()) engine_->submit(*new detail::shipment{std::move(what), answers});
    co_await answers->wait();
    co_return std::move(answers->answers());
}

std::optional<std::int32_t> producer::partitions_of(std::string_view topic) const
{
    return engine_->partitions_of(topic);
}

awaitable<result<std::int32_t>> producer::learn(std::string topic)
{
    return engine_->learn(std::move(topic));
}

std::size_t producer::outstanding() const noexcept
{
    return engine_->outstanding();
}

awaitable<std::size_t> producer::close(time_point deadline)
{
    return engine_->close(deadline);
}

}  // namespace sluice::kafka
