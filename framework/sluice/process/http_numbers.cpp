#include "sluice/process/http_numbers.hpp"

#include <map>
#include <memory>
#include <tuple>

namespace sluice {

std::function<void(const http::served&)> http_numbers(metrics& numbers, std::string role)
{
    using key = std::tuple<std::string, std::string, unsigned>;
    // Looked up here first: the registry is locked, and wants its labels built anew.
    const auto known = std::make_shared<std::map<key, prometheus::Histogram*>>();
    return [&numbers, role = std::move(role), known](const http::served& what) {
        // What no route answers is counted together, so that a client's inventions make no new series.
        const bool routed = !what.pattern.empty();
        const key which{routed ? what.method : "", what.pattern, what.status};
        auto& series = (*known)[which];
        if (!series)
            series = &numbers.histogram("sluice_http_request_seconds", "Time from a request's first byte to its answer",
                                        {{"role", role},
                                         {"method", std::get<0>(which)},
                                         {"route", std::get<1>(which)},
                                         {"status", std::to_string(what.status)}},
                                        {.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30});
        series->Observe(what.seconds);
    };
}

}  // namespace sluice
