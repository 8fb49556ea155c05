// Handlers that only look at the length of a record.
#include "reading.hpp"
#include "works.hpp"

namespace sluice::bench {

std::string consume_batch(const given& options)
{
    reading all{options};
    const auto handle = [&all](std::span<const record> some, batch_context&) -> awaitable<reply> {
        all.begin(some.size());
        for (const auto& one : some) all.add(one.value()->size());
        all.end(some.size());
        co_return reply{};
    };
    return all.run({}, batch_handler{handle});
}

std::string consume_each(const given& options)
{
    reading all{options};
    const auto handle = [&all](const record& one, context&) -> awaitable<reply> {
        all.begin(1);
        all.add(one.value()->size());
        all.end(1);
        co_return reply{};
    };
    return all.run({}, record_handler{handle});
}

}  // namespace sluice::bench
