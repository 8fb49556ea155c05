#pragma once

#include "orders/checkout.hpp"
#include "orders/housekeeping.hpp"
#include "orders/inventory.hpp"
#include "orders/order_status.hpp"
#include "orders/payment.hpp"
#include "orders/payment_provider.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/http/client.hpp"
#include "sluice/kafka/admin.hpp"
#include "sluice/process/runtime.hpp"

#include <boost/test/unit_test.hpp>

#include "../kafka/obedient_member.hpp"
#include "sluice/testing/temporary_folder.hpp"
#include "sluice/testing/until.hpp"

/// The roles of the order system in one process, on an embedded broker, as `sluice-apps demo` runs them.
class order_system {
public:
    using flags = sluice::given_flags;
    static constexpr auto dead_letters = "order.placed.inventory-service.dlt";

    explicit order_system(sluice::asio::any_io_executor loop, flags more = {})
        : process_{"orders", roles_, make(std::move(more))},
          loop_{loop}
    {
        process_.kafka = cluster.broker.client_settings();
        process_.settings.put("kafka.bootstrap.servers", cluster.broker.bootstrap_servers(), "the test");
        process_.use_kafka_settings();
        for (const auto& topic : sluice::needed_topics(sluice::choose(roles_, {})))
            cluster.broker.create_topic(topic.name(), topic.partitions());
        runtime_.emplace(loop, process_, sluice::choose(roles_, {}), sluice::runtime::when_taken::take_another);
        reader_.emplace(loop, cluster.broker.client_settings(), cluster.blocking);
        checkout.emplace(loop, client_of("checkout"));
        inventory.emplace(loop, client_of("inventory"));
        provider.emplace(loop, client_of("payment-provider"));
    }

    /// Runs `body` once all roles are ready, then drains them.
    template <class Body>
    sluice::awaitable<> run(Body body)
    {
        sluice::cancellation end;
        int status = -1;
        const auto keep = [&]() -> sluice::awaitable<> { status = co_await runtime_->run(end.token()); };
        const auto both = [&](sluice::scope& beside) -> sluice::awaitable<> {
            beside.spawn(keep());
            co_await reader_->open(ends_);
            const auto ready = [this] { return runtime_->not_ready().empty(); };
            co_await sluice::testing::until(ready, "all roles are ready");
            co_await body();
            co_await reader_->close();
            end.cancel(sluice::cancel_reason::shutdown);
        };
        co_await sluice::with_scope({}, both);
        BOOST_TEST(status == 0);
    }

    /// The first records, at least `count`, of a topic that inventory or payment writes.
    sluice::awaitable<const std::vector<sluice::record>*> read(std::string topic, std::size_t count)
    {
        auto& records = seen_[topic];
        while (records.size() < count) co_await read_more();
        co_return &records;
    }
    /// Waits for the next records of any of them.
    sluice::awaitable<> read_more()
    {
        auto more = co_await reader_->read(1, std::chrono::minutes{1});
        for (auto& one : more) seen_[std::string{one.topic()}].push_back(std::move(one));
    }

    /// A metric of a flow.
    prometheus::Counter& counter(const std::string& name, const std::string& group, const std::string& handler)
    {
        return process_.numbers.counter(name, "", {{"group", group}, {"handler", handler}});
    }

    /// How many records a topic holds.
    sluice::awaitable<std::int64_t> size(std::string topic)
    {
        sluice::kafka::admin admin{cluster.broker.client_settings(), cluster.blocking, {}};
        const std::vector<std::string> names{topic};
        const auto ranges = co_await admin.topics(names);
        std::int64_t all = 0;
        for (const auto& range : ranges.value()) all += range.end - range.begin;
        co_return all;
    }

    sluice::kafka::test_cluster cluster;
    std::optional<sluice::http::client> checkout, inventory, provider;

private:
    sluice::settings make(flags more)
    {
        auto known = sluice::framework_settings(roles_);
        known.push_back({"checkout.timeout", "10s", ""});
        known.push_back({"inventory.stock", "apple=10,pear=100000", ""});
        known.push_back(orders::inbox_setting());
        for (const auto& settings : {orders::payment_settings(), orders::provider_settings()})
            known.insert(known.end(), settings.begin(), settings.end());
        more.insert(more.end(), {{"checkout.http.port", "0"},
                                 {"inventory.http.port", "0"},
                                 {"payment-provider.http.port", "0"},
                                 {"admin.listen", "off"},
                                 {"log.level", "off"},
                                 {"data.dir", (folder_ / "data").string()}});
        // What a flag may say otherwise.
        return sluice::settings{
            {.known = known,
             .flags = std::move(more),
             .environment = {{"SLUICE_PROVIDER_DECLINES", "0"}, {"SLUICE_PROVIDER_LATENCY", "1ms"}}}};
    }

    sluice::http::client_settings client_of(const std::string& role)
    {
        const auto& url = runtime_->urls().at(role);
        return {.port = static_cast<unsigned short>(std::stoi(url.substr(url.rfind(':') + 1)))};
    }

    const std::vector<sluice::role_entry> roles_{
        {"checkout", orders::checkout, "", sluice::serves{8080, {"POST /checkout", "GET /orders/{id}"}},
         sluice::writes{orders::orders_placed}},
        {"order-status", orders::follow_orders, "",
         sluice::reads{orders::orders_placed, orders::inventory_reserved, orders::inventory_rejected,
                       orders::inventory_released, orders::captured_payments, orders::declined_payments,
                       orders::sent_emails}},
        {"inventory", orders::inventory, "",
         sluice::reads{"inventory-service", {orders::orders_placed, orders::declined_payments}},
         sluice::writes{orders::inventory_reserved, orders::inventory_rejected, orders::inventory_released},
         sluice::serves{8084, {"GET /stock/{sku}", "PUT /stock/{sku}"}}},
        {"payment", orders::payment, "", sluice::reads{"payment-service", {orders::inventory_reserved}},
         sluice::writes{orders::captured_payments, orders::declined_payments}},
        {"payment-provider", orders::payment_provider, "",
         sluice::serves{8085, {"POST /charges", "GET /charges", "GET /charges/{order_id}"}}}};
    sluice::testing::temporary_folder folder_;
    sluice::environment process_;
    sluice::asio::any_io_executor loop_;
    std::optional<sluice::runtime> runtime_;
    const std::vector<std::string> ends_{"inventory.reserved", "inventory.rejected", "inventory.released",
                                         "payment.captured",   "payment.declined",   dead_letters};
    std::optional<sluice::testing::topic_reader> reader_;
    std::map<std::string, std::vector<sluice::record>> seen_;
};
