#include "raw/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_bytes = 1 << 20 };

/* An order of the shop's, as its checkout writes it: 230 bytes. */
static int write_order(char *to, long long number, const char *key)
{
    return snprintf(to, most_bytes,
                    "{\"order_id\":\"0f8b6f3e-6c1d-4f5e-9a43-%012lld\",\"customer_id\":\"%s\",\"items\":"
                    "[{\"product_id\":\"pear\",\"quantity\":%lld,\"price\":29.99},"
                    "{\"product_id\":\"apple\",\"quantity\":2,\"price\":1.50}],"
                    "\"total\":%lld.%02lld,\"created_at\":\"2026-03-01T12:00:00.000Z\"}",
                    number, key, 1 + number % 9, (2999 * (1 + number % 9) + 300) / 100,
                    (2999 * (1 + number % 9) + 300) % 100);
}

/* Fills --topic with --records, of --shape bytes (of --size) or orders, under --keys different keys. */
void fill(void)
{
    static char value[most_bytes];
    const char *topic_name = text_option("topic", NULL);
    const long long records = number_option("records", -1), keys = number_option("keys", 10000);
    const long long size = number_option("size", 100);
    const int orders = strcmp(text_option("shape", "bytes"), "orders") == 0;
    if (size > most_bytes) die("a value of at most %d bytes", most_bytes);
    static const char *const quick[] = {"linger.ms", "20", "queue.buffering.max.messages", "1000000",
                                        "queue.buffering.max.kbytes", "1000000", NULL};
    rd_kafka_t *client = make_client(RD_KAFKA_PRODUCER, 0, quick);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, topic_name, NULL);
    if (!topic) die("%s: %s", topic_name, rd_kafka_err2str(rd_kafka_last_error()));
    for (int i = 0; i < most_bytes; ++i) value[i] = (char)('a' + i % 26);
    for (long long i = 0; i < records; ++i) {
        char key[32];
        const int key_length = snprintf(key, sizeof key, "customer-%06lld", (i * 2654435761LL) % keys);
        const int length = orders ? write_order(value, i, key) : (int)size;
        while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value, (size_t)length, key,
                                (size_t)key_length, NULL) != 0) {
            if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                die("%s: %s", topic_name, rd_kafka_err2str(rd_kafka_last_error()));
            rd_kafka_poll(client, 10);
        }
        if (i % 1000 == 0) rd_kafka_poll(client, 0);
    }
    if (rd_kafka_flush(client, 120 * 1000) != 0) die("%s was not filled in time", topic_name);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(client);
    printf("{\"records\":%lld}\n", records);
}
