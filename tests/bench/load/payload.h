#pragma once
/* What is sent, the same in all variants: values of bytes, so many different keys, and the header of a role's sends. */
#define BENCH_KEYS 1000
#define BENCH_HEADER "sluice-id"
#define BENCH_HEADER_VALUE "0c5c1a52-7b3e-4b0e-9d2f-6f1f5e0a9b77"
