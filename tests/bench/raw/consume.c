/* The most that librdkafka gives to a program in C: nothing is done with a record but to look at its length. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

struct reading {
    long long records;  /* to be read */
    long long filled;   /* wait until they are all fetched, before the first is looked at */
    long long seen, bytes;
    double start, start_cpu;
};

static void begin(struct reading *all)
{
    if (all->filled) wait_until_quiet();
    all->start = now();
    all->start_cpu = cpu();
}

static void look(struct reading *all, const rd_kafka_message_t *message)
{
    if (message->err) die("%s", rd_kafka_message_errstr(message));
    if (all->seen++ == 0) begin(all);
    all->bytes += (long long)message->len;
}

static void end(const struct reading *all, rd_kafka_t *client)
{
    const double seconds = now() - all->start, used = cpu() - all->start_cpu;
    printf("{\"records\":%lld,\"seconds\":%.6f,\"bytes\":%lld", all->seen, seconds, all->bytes);
    if (all->filled) printf(",\"cpu_us\":%.6f", used * 1e6 / (double)all->seen);
    printf("}\n");
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
}

/* By events of the consumer's queue: what the framework is built on. */
void consume_events(void)
{
    struct reading all = {.records = number_option("records", -1), .filled = number_option("filled", 0)};
    rd_kafka_t *client = join_group(RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_ERROR);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(client);
    while (all.seen < all.records) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 100);
        if (!event) continue;
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR) die("%s", rd_kafka_event_error_string(event));
        for (const rd_kafka_message_t *each; (each = rd_kafka_event_message_next(event));) look(&all, each);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    end(&all, client);
}

/* By batches of 1,000. */
void consume_batches(void)
{
    enum { most = 1000 };
    rd_kafka_message_t *messages[most];
    struct reading all = {.records = number_option("records", -1), .filled = number_option("filled", 0)};
    rd_kafka_t *client = join_group(0);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(client);
    while (all.seen < all.records) {
        const ssize_t got = rd_kafka_consume_batch_queue(queue, 100, messages, most);
        for (ssize_t i = 0; i < got; ++i) {
            look(&all, messages[i]);
            rd_kafka_message_destroy(messages[i]);
        }
    }
    rd_kafka_queue_destroy(queue);
    end(&all, client);
}
