// bench-counted WORK --name value…: how often the framework allocates for a record, once a flow is in its stride.
#include "counter.hpp"

#include "ours/role_run.hpp"

#include "orders/events.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <iostream>

namespace {

using namespace sluice;
using namespace sluice::bench;
using std::chrono::steady_clock;

/// Counts from one record on, and ends the role at another.
class tally {
public:
    tally(std::int64_t warm, std::int64_t counted) : warm_{warm}, counted_{counted} {}

    void handled()
    {
        const auto number = number_++;
        if (number == warm_) {
            allocations_ = allocations();
            start_ = steady_clock::now();
        } else if (number == warm_ + counted_) {
            allocations_ = allocations() - allocations_;
            seconds_ = std::chrono::duration<double>(steady_clock::now() - start_).count();
            stop_role();
        }
    }

    [[nodiscard]] std::string text() const
    {
        return fmt::format(R"({{"records":{},"seconds":{:.3f},"allocations":{:.6f}}})", counted_, seconds_,
                           static_cast<double>(allocations_) / static_cast<double>(counted_));
    }

private:
    std::int64_t warm_, counted_, number_ = 0;
    std::uint64_t allocations_ = 0;
    steady_clock::time_point start_;
    double seconds_ = 0;
};

any_handler handler(const std::string& work, tally& counts)
{
    if (work == "by-partition")
        return record_handler{[&counts](const record&, context&) -> awaitable<reply> {
            counts.handled();
            co_return reply{};
        }};
    if (work == "by-key")  // each waits once, so that many run
        return record_handler{[&counts](const record&, context&) -> awaitable<reply> {
            co_await asio::post(asio::use_awaitable);
            counts.handled();
            co_return reply{};
        }};
    if (work == "typed")
        return typed(orders::orders_placed, [&counts](orders::order_placed, context&) -> awaitable<> {
            counts.handled();
            co_return;
        });
    throw usage_error{"usage: bench-counted by-partition|by-key|typed --name value…"};
}

}  // namespace

int main(int argc, char** argv)
try {
    const std::string work = argc > 1 ? argv[1] : "";
    const given options{argc > 2 ? argc - 2 : 0, argv + 2};
    tally counts{options.number("warm"), options.number("counted")};
    const flow_settings how{.order = work == "by-key" ? ordering{by_key{}} : ordering{by_partition{}}};
    run_role(options, how, [&](role&) { return handler(work, counts); });
    options.check();
    std::cout << counts.text() << "\n";
    return 0;
} catch (const usage_error& wrong) {
    std::cerr << wrong.what() << "\n";
    return 2;
} catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
}
