/* Records as they come: how late each is, and how soon the first is there after a start. */
#include "bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct prompt {
    rd_kafka_t *consumer;
    rd_kafka_queue_t *queue;
};

static struct prompt start(void)
{
    struct prompt made = {.consumer = join_group(RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_ERROR)};
    made.queue = rd_kafka_queue_get_consumer(made.consumer);
    return made;
}

static void stop(struct prompt *of)
{
    rd_kafka_queue_destroy(of->queue);
    rd_kafka_consumer_close(of->consumer);
    rd_kafka_destroy(of->consumer);
}

/* Whether a record came; `at`: what its value begins with. */
static int read_one(struct prompt *of, double *at)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(of->queue, 100);
    if (!event) return 0;
    const rd_kafka_message_t *message = rd_kafka_event_message_next(event);
    if (message && message->err) die("read: %s", rd_kafka_message_errstr(message));
    if (message && message->len >= sizeof *at) memcpy(at, message->payload, sizeof *at);
    rd_kafka_event_destroy(event);
    return message != NULL;
}

static pid_t spawn_pace(const char *records)
{
    char program[4096];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0) die("where am I?");
    program[length] = '\0';
    const char *const arguments[] = {program, "pace", "--bootstrap", text_option("bootstrap", NULL), "--topic",
                                     text_option("topic", NULL), "--records", records, "--rate",
                                     text_option("rate", "1000"), NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child;
    if (posix_spawn(&child, program, &actions, NULL, (char *const *)arguments, environ) != 0) die("no pace");
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

static int by_size(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Of records that another process sends at a steady pace: from there to here. The first fifth is not counted. */
void latency(void)
{
    const long long records = number_option("records", 10000), before = records / 5;
    struct prompt all = start();
    const double started = now();
    const pid_t load = spawn_pace(text_option("records", "10000"));
    double *late = malloc((size_t)records * sizeof *late), at = 0, since = 0, since_cpu = 0;
    for (long long count = 0; count < records;) {
        if (!read_one(&all, &at) || at < started) continue; /* an earlier round's */
        late[count++] = (now() - at) * 1e3;
        if (count == before) since = now(), since_cpu = cpu();
    }
    const double seconds = now() - since, used = cpu() - since_cpu;
    const long long counted = records - before;
    double *const first = late + before;
    qsort(first, (size_t)counted, sizeof *first, by_size);
    printf("{\"records\":%lld,\"seconds\":%.6f,\"cpu_us\":%.4f,\"p50_ms\":%.4f,\"p99_ms\":%.4f}\n", counted, seconds,
           used * 1e6 / (double)counted, first[counted / 2], first[counted * 99 / 100]);
    int status;
    if (waitpid(load, &status, 0) < 0 || status != 0) die("the pace failed");
    free(late);
    stop(&all);
}

/* From the start of the process, which is an exec that tells when it was, to the first record. */
void first_record(void)
{
    const char *const began = text_option("began", "");
    if (!*began) {
        char text[32];
        snprintf(text, sizeof text, "%.9f", now());
        execl("/proc/self/exe", "bench-raw", "first-record", "--bootstrap", text_option("bootstrap", NULL), "--topic",
              text_option("topic", NULL), "--group", text_option("group", NULL), "--began", text, (char *)NULL);
        die("exec failed");
    }
    struct prompt all = start();
    double at;
    while (!read_one(&all, &at)) continue;
    printf("{\"records\":1,\"first_ms\":%.3f}\n", (now() - strtod(began, NULL)) * 1e3);
    stop(&all);
}
