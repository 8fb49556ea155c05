#include "bench.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { most_options = 64 };

static char **options;
static int option_count;
static bool used[most_options];

void set_options(int count, char **given);
void check_options(void);

void set_options(int count, char **given)
{
    options = given;
    option_count = count / 2;
    if (count % 2 != 0 || option_count > most_options) die("options come in pairs, %d at most", most_options);
    for (int i = 0; i < option_count; ++i)
        if (strncmp(options[2 * i], "--", 2) != 0) die("%s is no option", options[2 * i]);
}

void check_options(void)
{
    for (int i = 0; i < option_count; ++i) {
        if (used[i]) continue;
        fprintf(stderr, "the option %s is unknown to this work\n", options[2 * i]);
        exit(2);
    }
}

const char *text_option(const char *name, const char *otherwise)
{
    for (int i = 0; i < option_count; ++i) {
        if (strcmp(options[2 * i] + 2, name) != 0) continue;
        used[i] = true;
        return options[2 * i + 1];
    }
    if (!otherwise) {
        fprintf(stderr, "the option --%s is needed\n", name);
        exit(2);
    }
    return otherwise;
}

long long number_option(const char *name, long long otherwise)
{
    const char *text = text_option(name, otherwise < 0 ? NULL : "");
    if (!*text) return otherwise;
    char *end = NULL;
    const long long value = strtoll(text, &end, 10);
    if (*end) {
        fprintf(stderr, "--%s: %s is no number\n", name, text);
        exit(2);
    }
    return value;
}

void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
    exit(1);
}

double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double cpu(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void wait_until_quiet(void)
{
    const struct timespec pause = {0, 100 * 1000 * 1000};
    const double limit = now() + 60;
    double before = cpu();
    for (int quiet = 0; quiet < 5;) {
        nanosleep(&pause, NULL);
        const double after = cpu();
        quiet = after - before < 0.002 ? quiet + 1 : 0;
        before = after;
        if (now() > limit) die("it never gets quiet");
    }
}

static void set_property(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char reason[512];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK) die("%s: %s", name, reason);
}

static void set_properties(rd_kafka_conf_t *conf, const char *const *pairs)
{
    for (; *pairs; pairs += 2) set_property(conf, pairs[0], pairs[1]);
}

rd_kafka_t *make_client(rd_kafka_type_t type, int events, const char *const *more)
{
    static const char *const both[] = {"client.id", "sluice", "socket.nagle.disable", "true", NULL};
    static const char *const consumers[] = {"enable.auto.commit", "false",
                                            "enable.auto.offset.store", "false",
                                            "isolation.level", "read_committed",
                                            "auto.offset.reset", "earliest",
                                            NULL};
    static const char *const producers[] = {"acks", "all",
                                            "enable.idempotence", "true",
                                            "partitioner", "murmur2_random",
                                            "linger.ms", "0",
                                            "message.timeout.ms", "30000",
                                            NULL};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set_property(conf, "bootstrap.servers", text_option("bootstrap", NULL));
    set_properties(conf, both);
    set_properties(conf, type == RD_KAFKA_CONSUMER ? consumers : producers);
    if (more) set_properties(conf, more);
    for (int i = 0; i < option_count; ++i) {
        if (strncmp(options[2 * i], "--kafka.", 8) != 0) continue;
        set_property(conf, options[2 * i] + 8, options[2 * i + 1]);
        used[i] = true;
    }
    if (events) rd_kafka_conf_set_events(conf, events);
    char reason[512];
    rd_kafka_t *client = rd_kafka_new(type, conf, reason, sizeof reason);
    if (!client) die("no client: %s", reason);
    return client;
}

rd_kafka_t *join_group(int events)
{
    const char *const member[] = {"group.id", text_option("group", NULL), NULL};
    rd_kafka_t *client = make_client(RD_KAFKA_CONSUMER, events, member);
    rd_kafka_poll_set_consumer(client);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, text_option("topic", NULL), RD_KAFKA_PARTITION_UA);
    const rd_kafka_resp_err_t failed = rd_kafka_subscribe(client, topics);
    if (failed) die("subscribe: %s", rd_kafka_err2str(failed));
    rd_kafka_topic_partition_list_destroy(topics);
    return client;
}
