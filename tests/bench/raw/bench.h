#pragma once
/* What the works of the baselines share. A work does what its options say and prints one flat JSON object of numbers;
 * whatever goes wrong ends the process with status 1, a bad option with 2. */
#include <librdkafka/rdkafka.h>

#ifdef __cplusplus
extern "C" {
#endif

struct work {
    const char *name;
    void (*run)(void);
};

/* The value of --name. `otherwise`: where it is not given; NULL: it is needed. */
const char *text_option(const char *name, const char *otherwise);
/* The same; a negative `otherwise`: it is needed. */
long long number_option(const char *name, long long otherwise);

void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Seconds: of a clock that only goes on, and of CPU that the whole process has used. */
double now(void);
double cpu(void);
/* Waits until nothing of the process works any more: what was to be fetched beforehand is there. */
void wait_until_quiet(void);

/* A client of --bootstrap with the properties that the framework sets for its own, then `more` (name, value, …, NULL),
 * then the options --kafka.NAME VALUE. `events`: as rd_kafka_conf_set_events, or 0. */
rd_kafka_t *make_client(rd_kafka_type_t type, int events, const char *const *more);

/* A consumer that joins --group and reads --topic, with all events in its own queue. */
rd_kafka_t *join_group(int events);

/* The works. */
void fill(void);
void consume_events(void);
void consume_batches(void);
void send_stream(void);
void send_waiting(void);
void transform(void);
void latency(void);
void first_record(void);
void pace(void);
void consume_typed(void);
void decode(void);
void http_checkout(void);

#ifdef __cplusplus
}
#endif
