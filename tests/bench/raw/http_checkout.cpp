// Bare Beast alone, and with librdkafka behind it in three ways: each order produced at once, gathered, with a linger.
#include "load/http_load.hpp"
#include "raw/beast_checkout.hpp"
#include "raw/bench.h"

#include <boost/asio/post.hpp>

#include <atomic>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace raw {
namespace {

class nothing final : public taker {
public:
    nothing() { wants_event = false; }
    void take(client& from) override { from.answer(true); }
};

/// Produces orders, and answers each when it is acknowledged.
class kafka final : public taker {
public:
    kafka(asio::io_context& loop, const char* linger, bool gather) : loop_{loop}, gather_{gather}
    {
        const char* const properties[] = {"linger.ms", linger, nullptr};
        producer_ = make_client(RD_KAFKA_PRODUCER, RD_KAFKA_EVENT_DR, properties);
        topic_ = rd_kafka_topic_new(producer_, text_option("topic", "order.placed"), nullptr);
        reports_ = rd_kafka_queue_get_main(producer_);
        rd_kafka_queue_cb_event_enable(
            reports_, [](rd_kafka_t*, void* self) { static_cast<kafka*>(self)->wake(); }, this);
    }
    ~kafka() override
    {
        rd_kafka_queue_cb_event_enable(reports_, nullptr, nullptr);
        rd_kafka_queue_destroy(reports_);
        rd_kafka_topic_destroy(topic_);
        rd_kafka_destroy(producer_);
    }

    void take(client& from) override
    {
        from.kept = from.shared_from_this();
        if (!gather_) return produce(from);
        gathered_.push_back(&from);
        if (in_flight_ <= low_) hand_over_soon();
    }

private:
    void produce(client& from)
    {
        rd_kafka_vu_t parts[5] = {};
        parts[0].vtype = RD_KAFKA_VTYPE_RKT;
        parts[0].u.rkt = topic_;
        parts[1].vtype = RD_KAFKA_VTYPE_OPAQUE;
        parts[1].u.ptr = &from;
        parts[2].vtype = RD_KAFKA_VTYPE_KEY;
        parts[2].u.mem.ptr = const_cast<char*>(from.customer().data());
        parts[2].u.mem.size = from.customer().size();
        parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
        parts[3].u.mem.ptr = const_cast<char*>(from.event().data());
        parts[3].u.mem.size = from.event().size();
        parts[4].vtype = RD_KAFKA_VTYPE_HEADER;
        parts[4].u.header.name = "sluice-id";
        parts[4].u.header.val = from.order_id().data();
        parts[4].u.header.size = static_cast<ssize_t>(from.order_id().size());
        if (auto* failed = rd_kafka_produceva(producer_, parts, 5)) {
            rd_kafka_error_destroy(failed);
            std::exchange(from.kept, nullptr)->answer(false);
            return;
        }
        ++in_flight_;
    }

    // At the end of this turn of the loop, with all that came in it.
    void hand_over_soon()
    {
        if (std::exchange(posted_, true)) return;
        asio::post(loop_, [this] {
            posted_ = false;
            for (auto* each : gathered_) produce(*each);
            gathered_.clear();
            low_ = in_flight_ / 8;
        });
    }

    // On librdkafka's threads.
    void wake()
    {
        if (armed_.exchange(true)) return;
        asio::post(loop_, [this] {
            armed_ = false;
            while (auto* event = rd_kafka_queue_poll(reports_, 0)) {
                while (const auto* message = rd_kafka_event_message_next(event)) {
                    --in_flight_;
                    const auto from = std::move(static_cast<client*>(message->_private)->kept);
                    from->answer(!message->err);
                }
                rd_kafka_event_destroy(event);
            }
            if (!gathered_.empty() && in_flight_ <= low_) hand_over_soon();
        });
    }

    asio::io_context& loop_;
    const bool gather_;
    rd_kafka_t* producer_ = nullptr;
    rd_kafka_topic_t* topic_ = nullptr;
    rd_kafka_queue_t* reports_ = nullptr;
    std::atomic<bool> armed_ = false;
    std::vector<client*> gathered_;
    std::size_t in_flight_ = 0, low_ = 0;
    bool posted_ = false;
};

std::unique_ptr<taker> make(asio::io_context& loop)
{
    const std::string way = text_option("kafka", nullptr);
    if (way == "none") return std::make_unique<nothing>();
    if (way == "at-once") return std::make_unique<kafka>(loop, "0", false);
    if (way == "gathered") return std::make_unique<kafka>(loop, "0", true);
    if (way == "linger") return std::make_unique<kafka>(loop, "1", false);
    die("--kafka is none, at-once, gathered or linger");
}

}  // namespace
}  // namespace raw

void http_checkout()
try {
    boost::asio::io_context loop{1};
    text_option("bootstrap", nullptr);  // given to all
    const auto to = raw::make(loop);
    const sluice::bench::http_load load{.port = raw::accept_on(loop, *to),
                                        .connections = static_cast<int>(number_option("connections", 1)),
                                        .seconds = static_cast<int>(number_option("seconds", 3))};
    std::puts(sluice::bench::serve_under(load, [&] { loop.run(); }, [&] { loop.stop(); }).c_str());
} catch (const std::exception& error) {
    die("%s", error.what());
}
