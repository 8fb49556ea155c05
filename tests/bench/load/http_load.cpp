#include "load/http_load.hpp"

#include <sys/resource.h>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <thread>

namespace sluice::bench {
namespace {

struct outcome {
    long requests = 0, failed = 0;
    double seconds = 0, p50_ms = 0, p99_ms = 0;
};

outcome ask(const http_load& how, int seconds)
{
    const std::string command = "exec wrk -t1 -c" + std::to_string(how.connections) + " -d" + std::to_string(seconds) +
                                " -s " SLUICE_BENCH_LOAD "/checkout.lua http://127.0.0.1:" + std::to_string(how.port) +
                                "/checkout";
    FILE* const said = popen(command.c_str(), "r");
    if (!said) throw std::runtime_error{"wrk cannot be started"};
    outcome got;
    std::string all;
    for (char line[512]; std::fgets(line, sizeof line, said);) {
        all += line;
        std::sscanf(line, "load %ld %lf %lf %lf %ld", &got.requests, &got.seconds, &got.p50_ms, &got.p99_ms,
                    &got.failed);
    }
    if (pclose(said) != 0 || got.requests == 0) throw std::runtime_error{"wrk failed (is it installed?): " + all};
    if (got.failed > 0) throw std::runtime_error{"requests failed: " + all};
    return got;
}

double cpu_seconds()
{
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

std::string serve_under(const http_load& how, const std::function<void()>& loop, const std::function<void()>& end)
{
    outcome got;
    double cpu = 0;
    std::exception_ptr failed;
    const auto load = [&] {
        try {
            if (how.warm_up > 0) ask(how, how.warm_up);
            const auto before = cpu_seconds();
            got = ask(how, how.seconds);
            cpu = cpu_seconds() - before;
        } catch (...) {
            failed = std::current_exception();
        }
        end();
    };
    std::thread asking{load};
    std::exception_ptr broken;
    try {
        loop();
    } catch (...) {
        broken = std::current_exception();
    }
    asking.join();
    if (broken) std::rethrow_exception(broken);
    if (failed) std::rethrow_exception(failed);
    char text[256];
    std::snprintf(text, sizeof text, R"({"records":%ld,"seconds":%.6f,"cpu_us":%.3f,"p50_ms":%.4f,"p99_ms":%.4f})",
                  got.requests, got.seconds, cpu * 1e6 / static_cast<double>(got.requests), got.p50_ms, got.p99_ms);
    return text;
}

}  // namespace sluice::bench
