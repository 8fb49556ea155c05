/* Exactly once: what is read is written again with its offsets, so many records a transaction. Nobody asks for reports:
 * a record that is not delivered fails its transaction. */
#include "bench.h"

#include "load/payload.h"

#include <stdio.h>

enum { any_ms = 60000, most_partitions = 64 };

struct transforming {
    rd_kafka_t *consumer, *producer;
    rd_kafka_topic_t *to;
    const char *from;
    long long next[most_partitions]; /* the offset to commit, or -1: nothing is new */
    long long done;
};

static void check(rd_kafka_error_t *failed, const char *what)
{
    if (failed) die("%s: %s", what, rd_kafka_error_string(failed));
}

static void pass_on(struct transforming *all, const rd_kafka_message_t *what)
{
    if (what->err) die("read: %s", rd_kafka_message_errstr(what));
    for (;;) {
        const rd_kafka_resp_err_t failed = rd_kafka_producev(
            all->producer, RD_KAFKA_V_RKT(all->to), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_KEY(what->key, what->key_len), RD_KAFKA_V_VALUE(what->payload, what->len),
            RD_KAFKA_V_HEADER(BENCH_HEADER, BENCH_HEADER_VALUE, sizeof BENCH_HEADER_VALUE - 1), RD_KAFKA_V_END);
        if (!failed) break;
        if (failed != RD_KAFKA_RESP_ERR__QUEUE_FULL) die("send: %s", rd_kafka_err2str(failed));
        rd_kafka_poll(all->producer, 10);
    }
    all->next[what->partition] = what->offset + 1;
    ++all->done;
}

static void commit(struct transforming *all)
{
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(most_partitions);
    for (int i = 0; i < most_partitions; ++i) {
        if (all->next[i] < 0) continue;
        rd_kafka_topic_partition_list_add(offsets, all->from, i)->offset = all->next[i];
        all->next[i] = -1;
    }
    rd_kafka_consumer_group_metadata_t *member = rd_kafka_consumer_group_metadata(all->consumer);
    check(rd_kafka_send_offsets_to_transaction(all->producer, offsets, member, any_ms), "send offsets");
    rd_kafka_consumer_group_metadata_destroy(member);
    rd_kafka_topic_partition_list_destroy(offsets);
    check(rd_kafka_commit_transaction(all->producer, any_ms), "commit");
}

void transform(void)
{
    struct transforming all = {.from = text_option("topic", NULL)};
    const long long wanted = number_option("records", -1), size = number_option("transaction", 10000);
    for (int i = 0; i < most_partitions; ++i) all.next[i] = -1;
    const char *const group = text_option("group", NULL);
    const char *const sending[] = {"transactional.id", group, "linger.ms", text_option("linger", "5"),
                                   "retry.backoff.ms", text_option("backoff", "100"),
                                   "queue.buffering.max.messages", "1000000", NULL};
    all.producer = make_client(RD_KAFKA_PRODUCER, 0, sending);
    all.to = rd_kafka_topic_new(all.producer, text_option("to", NULL), NULL);
    check(rd_kafka_init_transactions(all.producer, any_ms), "start transactions");
    all.consumer = join_group(RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_ERROR);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(all.consumer);

    double start = 0, start_cpu = 0;
    while (all.done < wanted) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 100);
        const rd_kafka_message_t *next;
        while (event && all.done < wanted && (next = rd_kafka_event_message_next(event))) {
            if (all.done == 0) start = now(), start_cpu = cpu();
            if (all.done % size == 0) check(rd_kafka_begin_transaction(all.producer), "begin");
            pass_on(&all, next);
            if (all.done % size == 0 || all.done == wanted) commit(&all);
        }
        if (event) rd_kafka_event_destroy(event);
    }
    const double seconds = now() - start, used = cpu() - start_cpu;
    printf("{\"records\":%lld,\"seconds\":%.6f,\"cpu_us\":%.4f}\n", all.done, seconds, used * 1e6 / (double)all.done);
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(all.consumer);
    rd_kafka_destroy(all.consumer);
    rd_kafka_topic_destroy(all.to);
    rd_kafka_destroy(all.producer);
}
