// bench-ours WORK --name value…: what the framework does of the bench.
#include "works.hpp"

#include <iostream>
#include <map>
#include <string_view>

using namespace sluice::bench;

int main(int argc, char** argv)
try {
    const std::map<std::string_view, work> works{
        {"consume-batch", consume_batch},
        {"consume-each", consume_each},
        {"consume-typed", consume_typed},
        {"consume-delays", consume_delays},
        {"decode", decode},
        {"send-batches", send_batches},
        {"send-waiting", send_waiting},
        {"transform", transform},
        {"latency", latency},
        {"first-record", first_record},
        {"http-checkout", http_checkout},
        {"memory", memory},
        {"shards", shards},
    };
    const auto chosen = argc > 1 ? works.find(argv[1]) : works.end();
    if (chosen == works.end()) {
        std::cerr << "usage: bench-ours WORK --name value…\nworks:";
        for (const auto& [name, run] : works) std::cerr << ' ' << name;
        std::cerr << "\n";
        return 2;
    }
    const given options{argc - 2, argv + 2};
    const auto result = chosen->second(options);
    options.check();
    std::cout << result << "\n";
    return 0;
} catch (const usage_error& wrong) {
    std::cerr << wrong.what() << "\n";
    return 2;
} catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
}
