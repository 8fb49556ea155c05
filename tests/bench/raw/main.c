/* bench-raw WORK --name value…: the baselines. */
#include "bench.h"

#include <stdio.h>
#include <string.h>

void set_options(int count, char **given);
void check_options(void);

static const struct work works[] = {
    {"fill", fill},
    {"consume-events", consume_events},
    {"consume-batches", consume_batches},
    {"send-stream", send_stream},
    {"send-waiting", send_waiting},
    {"transform", transform},
    {"latency", latency},
    {"first-record", first_record},
    {"pace", pace},
    {"consume-typed", consume_typed},
    {"decode", decode},
    {"http-checkout", http_checkout},
};

int main(int argc, char **argv)
{
    const size_t count = sizeof works / sizeof *works;
    for (size_t i = 0; argc > 1 && i < count; ++i) {
        if (strcmp(argv[1], works[i].name) != 0) continue;
        set_options(argc - 2, argv + 2);
        works[i].run();
        check_options();
        return 0;
    }
    fprintf(stderr, "usage: bench-raw WORK --name value…\nworks:");
    for (size_t i = 0; i < count; ++i) fprintf(stderr, " %s", works[i].name);
    fprintf(stderr, "\n");
    return 2;
}
