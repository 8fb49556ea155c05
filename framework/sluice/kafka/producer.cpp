#include "sluice/kafka/producer.hpp"

#include "sluice/kafka/detail/producer_engine.hpp"

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
    const auto answer = std::make_shared<detail::wave>(1);
    engine_->submit(std::move(what), answer, 0);
    co_await answer->wait();
    co_return std::move(answer->answers().front());
}

awaitable<std::vector<result<position>>> producer::send_all(std::vector<outgoing> what)
{
    const auto answers = std::make_shared<detail::wave>(what.size());
    for (std::size_t place = 0; place < what.size(); ++place) engine_->submit(std::move(what[place]), answers, place);
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
