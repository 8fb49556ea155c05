#pragma once

namespace sluice::bench {

/// Seconds of a clock that only goes on, and of CPU that all threads of the process have used.
double now();
double cpu();

/// From `start` on.
class stopwatch {
public:
    void start();
    [[nodiscard]] double seconds() const { return now() - start_; }
    [[nodiscard]] double cpu_seconds() const { return cpu() - start_cpu_; }

private:
    double start_ = 0, start_cpu_ = 0;
};

}  // namespace sluice::bench
