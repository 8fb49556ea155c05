#include "sluice/kafka/embedded_broker.hpp"

#include "sluice/kafka/detail/client.hpp"
#include "sluice/kafka/errors.hpp"

#include <librdkafka/rdkafka_mock.h>

#include <vector>

namespace sluice::kafka {

struct embedded_broker::cluster {
    explicit cluster(int count)
        : host{detail::client::make({}, detail::client_kind::admin, {}, 0, {}).value()},
          mock{rd_kafka_mock_cluster_new(host.get(), count)},
          brokers{count}
    {
        if (!mock) throw failure{error{errc::unavailable, "cannot start the embedded broker"}};
    }

    template <class Action>
    void each_broker(Action act)
    {
        for (int id = 1; id <= brokers; ++id) act(id);
    }

    detail::client host;  // librdkafka runs a cluster inside some client
    detail::handle<rd_kafka_mock_cluster_t, rd_kafka_mock_cluster_destroy> mock;
    int brokers;
};

embedded_broker::embedded_broker(int brokers) : cluster_{std::make_unique<cluster>(brokers)} {}
embedded_broker::~embedded_broker() = default;

std::string embedded_broker::bootstrap_servers() const
{
    return rd_kafka_mock_cluster_bootstraps(cluster_->mock.get());
}

settings embedded_broker::client_settings() const
{
    return {.properties = {{"bootstrap.servers", bootstrap_servers()}}, .embedded = true};
}

void embedded_broker::create_topic(const std::string& name, std::int32_t partitions)
{
    check(rd_kafka_mock_topic_create(cluster_->mock.get(), name.c_str(), partitions, 1), "create topic " + name)
        .value();
}

void embedded_broker::down()
{
    cluster_->each_broker([this](int id) { rd_kafka_mock_broker_set_down(cluster_->mock.get(), id); });
}

void embedded_broker::up()
{
    cluster_->each_broker([this](int id) { rd_kafka_mock_broker_set_up(cluster_->mock.get(), id); });
}

void embedded_broker::round_trip_time(std::chrono::milliseconds time)
{
    const auto span = static_cast<int>(time.count());
    cluster_->each_broker([this, span](int id) { rd_kafka_mock_broker_set_rtt(cluster_->mock.get(), id, span); });
}

void embedded_broker::fail_next(std::int16_t api_key, std::span<const int> errors)
{
    std::vector<rd_kafka_resp_err_t> codes;
    for (const int each : errors) codes.push_back(static_cast<rd_kafka_resp_err_t>(each));
    rd_kafka_mock_push_request_errors_array(cluster_->mock.get(), api_key, codes.size(), codes.data());
}

}  // namespace sluice::kafka
