#include "sluice/process/loop.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>

namespace sluice {

int run_on_loop(const logger& log, const std::function<awaitable<int>(cancellation_token stop)>& body)
{
    asio::io_context loop{1};
    cancellation stop;
    asio::signal_set signals{loop, SIGINT, SIGTERM};
    int asked_by = 0;
    const std::function<void(boost::system::error_code, int)> heard = [&](auto ec, int number) {
        if (ec) return;
        const auto* const name = number == SIGINT ? "SIGINT" : "SIGTERM";
        if (stop.token().cancelled()) {
            log.warning("a second signal, {}: stopped at once", name);
            std::_Exit(128 + number);
        }
        asked_by = number;
        log.info("{}: draining; a second signal stops at once", name);
        stop.cancel(cancel_reason::shutdown);
        signals.async_wait(heard);
    };
    signals.async_wait(heard);

    int status = 0;
    std::exception_ptr failed;
    const auto ended = [&](std::exception_ptr error, int result) {
        failed = error;
        status = result;
        signals.cancel();
    };
    asio::co_spawn(loop, body(stop.token()), ended);
    loop.run();
    if (failed && asked_by && is_cancellation(failed)) return 128 + asked_by;
    if (failed) std::rethrow_exception(failed);
    return status;
}

}  // namespace sluice
