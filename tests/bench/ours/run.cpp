#include "run.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>

namespace sluice::bench {

std::string run(const std::function<awaitable<std::string>()>& body)
{
    asio::io_context loop{1};
    std::exception_ptr failed;
    std::string result;
    asio::co_spawn(loop, body(), [&](std::exception_ptr error, std::string told) {
        failed = std::move(error);
        result = std::move(told);
    });
    loop.run();
    if (failed) std::rethrow_exception(failed);
    return result;
}

std::string percentiles(std::vector<double> ms)
{
    std::ranges::sort(ms);
    return fmt::format(R"(,"p50_ms":{:.4f},"p99_ms":{:.4f})", ms.at(ms.size() / 2), ms.at(ms.size() * 99 / 100));
}

}  // namespace sluice::bench
