/* Producing: a stream of records, or senders each of which waits for its record before it sends the next. */
#include "bench.h"

#include "load/payload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sending {
    rd_kafka_t *producer;
    rd_kafka_topic_t *topic;
    char *value;
    size_t size;
    long long wanted, sent, reported;
    int again;           /* a report sends the next */
    double *sent_at;     /* of each that waits, by its place among the senders */
    double *latency_ms;  /* of each record */
};

static rd_kafka_resp_err_t send_next(struct sending *all, double *sender)
{
    char key[16];
    const int key_size = snprintf(key, sizeof key, "k-%d", (int)(all->sent % BENCH_KEYS));
    if (sender) *sender = now();
    const rd_kafka_resp_err_t failed = rd_kafka_producev(
        all->producer, RD_KAFKA_V_RKT(all->topic), RD_KAFKA_V_KEY(key, (size_t)key_size),
        RD_KAFKA_V_VALUE(all->value, all->size), RD_KAFKA_V_OPAQUE(sender),
        RD_KAFKA_V_HEADER(BENCH_HEADER, BENCH_HEADER_VALUE, sizeof BENCH_HEADER_VALUE - 1), RD_KAFKA_V_END);
    if (!failed) ++all->sent;
    return failed;
}

static void take_report(struct sending *all, const rd_kafka_message_t *message)
{
    if (message->err) die("send: %s", rd_kafka_err2str(message->err));
    double *sender = message->_private;
    if (sender) all->latency_ms[all->reported] = (now() - *sender) * 1e3;
    ++all->reported;
    if (!all->again || all->sent == all->wanted) return;
    const rd_kafka_resp_err_t failed = send_next(all, sender);
    if (failed) die("send: %s", rd_kafka_err2str(failed));
}

static void poll_reports(struct sending *all, rd_kafka_queue_t *queue, int wait_ms)
{
    for (rd_kafka_event_t *event; (event = rd_kafka_queue_poll(queue, wait_ms)); wait_ms = 0) {
        for (const rd_kafka_message_t *each; (each = rd_kafka_event_message_next(event));) take_report(all, each);
        rd_kafka_event_destroy(event);
    }
}

/* Connected, and the topic known. */
static void warm_up(struct sending *all, rd_kafka_queue_t *queue)
{
    const rd_kafka_resp_err_t failed = send_next(all, NULL);
    if (failed) die("send: %s", rd_kafka_err2str(failed));
    while (all->reported == 0) poll_reports(all, queue, 100);
    all->sent = all->reported = 0;
}

static int by_size(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void send_all(long long senders)
{
    const char *const linger[] = {"linger.ms", text_option("linger", "0"), NULL};
    struct sending all = {.wanted = number_option("records", -1), .size = (size_t)number_option("size", 100)};
    all.value = malloc(all.size);
    memset(all.value, 'v', all.size);
    all.sent_at = calloc((size_t)senders + 1, sizeof *all.sent_at);
    all.latency_ms = malloc((size_t)(senders ? all.wanted : 1) * sizeof *all.latency_ms);
    all.producer = make_client(RD_KAFKA_PRODUCER, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR, linger);
    all.topic = rd_kafka_topic_new(all.producer, text_option("topic", NULL), NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(all.producer);
    warm_up(&all, queue);

    all.again = senders > 0;
    const double start = now(), start_cpu = cpu();
    for (long long i = 0; i < senders && all.sent < all.wanted; ++i) send_next(&all, &all.sent_at[i]);
    while (!all.again && all.sent < all.wanted) {
        const rd_kafka_resp_err_t failed = send_next(&all, NULL);
        if (failed && failed != RD_KAFKA_RESP_ERR__QUEUE_FULL) die("send: %s", rd_kafka_err2str(failed));
        if (failed || all.sent % 1000 == 0) poll_reports(&all, queue, failed ? 10 : 0);
    }
    while (all.reported < all.wanted) poll_reports(&all, queue, 100);
    const double seconds = now() - start, used = cpu() - start_cpu;

    printf("{\"records\":%lld,\"seconds\":%.6f,\"cpu_us\":%.4f", all.wanted, seconds, used * 1e6 / (double)all.wanted);
    if (senders) {
        qsort(all.latency_ms, (size_t)all.wanted, sizeof *all.latency_ms, by_size);
        printf(",\"p50_ms\":%.4f,\"p99_ms\":%.4f", all.latency_ms[all.wanted / 2],
               all.latency_ms[all.wanted * 99 / 100]);
    }
    printf("}\n");
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_destroy(all.topic);
    rd_kafka_destroy(all.producer);
    free(all.value);
    free(all.sent_at);
    free(all.latency_ms);
}

/* As fast as librdkafka takes them, until the last is acknowledged. */
void send_stream(void)
{
    send_all(0);
}

/* So many senders, each of which sends its next record when the last one is acknowledged. */
void send_waiting(void)
{
    send_all(number_option("senders", 1));
}
