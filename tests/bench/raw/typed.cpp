// Orders decoded by Boost.JSON: `parse` into memory of its own, and `value_to` a described struct.
#include "bench.h"

#include <boost/describe/class.hpp>
#include <boost/json.hpp>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct item {
    std::string product_id;
    std::int64_t quantity = 0;
    double price = 0;
};
BOOST_DESCRIBE_STRUCT(item, (), (product_id, quantity, price))

struct order {
    std::string order_id, customer_id;
    std::vector<item> items;
    double total = 0;
    std::string created_at;
};
BOOST_DESCRIBE_STRUCT(order, (), (order_id, customer_id, items, total, created_at))

class decoder {
public:
    order operator()(std::string_view text)
    {
        boost::json::monotonic_resource memory{buffer_, sizeof buffer_};
        parser_.reset(&memory);
        parser_.write(text);
        return boost::json::value_to<order>(parser_.release());
    }

private:
    unsigned char buffer_[16 * 1024];
    boost::json::parser parser_;
};

// The offsets behind what is handled, committed now and then.
class offsets {
public:
    explicit offsets(rd_kafka_t* client) : client_{client}, list_{rd_kafka_topic_partition_list_new(16)} {}
    offsets(const offsets&) = delete;
    offsets& operator=(const offsets&) = delete;
    ~offsets() { rd_kafka_topic_partition_list_destroy(list_); }

    void handled(const rd_kafka_message_t& message)
    {
        if (!last_ || last_->partition != message.partition) {
            const char* topic = rd_kafka_topic_name(message.rkt);
            last_ = rd_kafka_topic_partition_list_find(list_, topic, message.partition);
            if (!last_) last_ = rd_kafka_topic_partition_list_add(list_, topic, message.partition);
        }
        last_->offset = message.offset + 1;
        if (++count_ % 250'000 == 0) commit(1);
    }
    void commit(int async) { rd_kafka_commit(client_, list_, async); }

private:
    rd_kafka_t* client_;
    rd_kafka_topic_partition_list_t* list_;
    rd_kafka_topic_partition_t* last_ = nullptr;
    long long count_ = 0;
};

}  // namespace

void consume_typed()
{
    const auto records = number_option("records", -1);
    rd_kafka_t* client = join_group(RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_ERROR);
    rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(client);
    long long seen = 0, items = 0;
    double start = 0, seconds = 0;
    {
        decoder decode;
        offsets done{client};
        while (seen < records) {
            rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 100);
            if (!event) continue;
            while (const auto* each = rd_kafka_event_message_next(event)) {
                if (each->err) die("%s", rd_kafka_message_errstr(each));
                if (seen++ == 0) start = now();
                items +=
                    static_cast<long long>(decode({static_cast<const char*>(each->payload), each->len}).items.size());
                done.handled(*each);
            }
            rd_kafka_event_destroy(event);
        }
        seconds = now() - start;
        done.commit(0);
    }
    std::printf("{\"records\":%lld,\"seconds\":%.6f,\"items\":%lld}\n", seen, seconds, items);
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
}

void decode()
{
    const std::string text = text_option("json", nullptr);
    const auto times = number_option("records", -1);
    decoder decode;
    long long items = 0;
    const double start = now();
    for (long long i = 0; i < times; ++i) items += static_cast<long long>(decode(text).items.size());
    std::printf("{\"records\":%lld,\"seconds\":%.6f,\"items\":%lld}\n", times, now() - start, items);
}
