#include "sluice/kafka/detail/client.hpp"

#include "sluice/kafka/errors.hpp"

#include <array>
#include <mutex>
#include <vector>

namespace sluice::kafka::detail {

// Called on librdkafka's threads.
void client::write_log(const rd_kafka_t* client, int level, const char* facility, const char* text)
{
    const auto& log = static_cast<const callbacks*>(rd_kafka_opaque(client))->log;
    if (level <= 3)
        log.error("{}: {}", facility, text);
    else if (level == 4)
        log.warning("{}: {}", facility, text);
    else if (level <= 6)
        log.info("{}: {}", facility, text);
    else
        log.debug("{}: {}", facility, text);
}

void client::report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque)
{
    static_cast<const callbacks*>(opaque)->reported(*message);
}

result<client> client::make(const settings& from, client_kind kind, const properties& own, int events, logger log,
                            std::function<void(const rd_kafka_message_t&)> reported)
{
    auto conf = make_configuration(from, kind, own);
    if (!conf) return conf.error();

    client made;
    made.callbacks_ = std::make_unique<const callbacks>(callbacks{std::move(log), std::move(reported)});
    rd_kafka_conf_set_opaque(conf->get(), const_cast<callbacks*>(made.callbacks_.get()));
    rd_kafka_conf_set_log_cb(conf->get(), &client::write_log);
    if (made.callbacks_->reported) rd_kafka_conf_set_dr_msg_cb(conf->get(), &client::report);
    rd_kafka_conf_set_events(conf->get(), events);

    std::array<char, 512> reason{};
    const auto type = kind == client_kind::consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
    made.handle_.reset(rd_kafka_new(type, conf->get(), reason.data(), reason.size()));
    if (!made.handle_) return error{errc::invalid, std::string{"cannot make a Kafka client: "} + reason.data()};
    static_cast<void>(conf->release());  // the client owns it now
    return made;
}

std::string property_of(rd_kafka_t* client, const char* name)
{
    std::size_t size = 0;
    if (rd_kafka_conf_get(rd_kafka_conf(client), name, nullptr, &size) != RD_KAFKA_CONF_OK) return {};
    std::string text(size, '\0');
    rd_kafka_conf_get(rd_kafka_conf(client), name, text.data(), &size);
    return text.c_str();
}

result<std::int32_t> ask_partitions(rd_kafka_t* client, const std::string& topic)
{
    const auto failed = "metadata of " + topic;
    const topic_handle about{rd_kafka_topic_new(client, topic.c_str(), nullptr)};
    if (!about) return make_error(rd_kafka_last_error(), failed);
    const rd_kafka_metadata_t* found = nullptr;
    const auto asked = rd_kafka_metadata(client, 0, about.get(), &found, 5000);
    const metadata_handle owned{found};
    if (asked) return make_error(asked, failed);
    if (const auto code = found->topics[0].err) return make_error(code, failed);
    return found->topics[0].partition_cnt;
}

std::shared_ptr<client> destroyed_on(offload& blocking, client what)
{
    const auto on_the_pool = [&blocking](client* last) {
        blocking.leave([owned = std::unique_ptr<client>{last}]() mutable { owned.reset(); });
    };
    return {new client{std::move(what)}, on_the_pool};
}

void forsake(std::shared_ptr<client> what)
{
    static std::mutex one_at_a_time;
    static auto& forsaken = *new std::vector<std::shared_ptr<client>>;  // also not at the end of the process
    const std::lock_guard lock{one_at_a_time};
    forsaken.push_back(std::move(what));
}

}  // namespace sluice::kafka::detail
