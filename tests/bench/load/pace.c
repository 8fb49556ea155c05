#include "raw/bench.h"

#include "load/payload.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Sends --records at --rate a second; each value begins with the time at which it was handed to librdkafka, as now()
 * tells it. */
void pace(void)
{
    const long long records = number_option("records", -1);
    const double rate = (double)number_option("rate", 1000);
    rd_kafka_t *client = make_client(RD_KAFKA_PRODUCER, 0, NULL);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, text_option("topic", NULL), NULL);
    const rd_kafka_metadata_t *known = NULL;
    if (rd_kafka_metadata(client, 0, topic, &known, 10000) == 0) rd_kafka_metadata_destroy(known);
    char value[100];
    memset(value, 'v', sizeof value);
    const double start = now();
    for (long long i = 0; i < records; ++i) {
        const double due = start + (double)i / rate;
        const struct timespec until = {(time_t)due, (long)((due - floor(due)) * 1e9)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        rd_kafka_poll(client, 0);
        char key[16];
        const int key_size = snprintf(key, sizeof key, "k-%d", (int)(i % BENCH_KEYS));
        const double at = now();
        memcpy(value, &at, sizeof at);
        if (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value, sizeof value, key,
                             (size_t)key_size, NULL) != 0)
            die("pace: %s", rd_kafka_err2str(rd_kafka_last_error()));
    }
    if (rd_kafka_flush(client, 10 * 1000) != 0) die("not all was sent");
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(client);
    printf("{\"records\":%lld}\n", records);
}
