#include "stopwatch.hpp"

#include <ctime>

namespace sluice::bench {
namespace {

double read(clockid_t which)
{
    timespec time{};
    clock_gettime(which, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

double now()
{
    return read(CLOCK_MONOTONIC);
}

double cpu()
{
    return read(CLOCK_PROCESS_CPUTIME_ID);
}

void stopwatch::start()
{
    start_ = now();
    start_cpu_ = cpu();
}

}  // namespace sluice::bench
