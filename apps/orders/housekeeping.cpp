#include "orders/housekeeping.hpp"

#include "orders/durations.hpp"
#include "sluice/base/result.hpp"
#include "sluice/base/scope.hpp"

namespace orders {

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using forgetting = std::function<awaitable<>(timestamp)>;

awaitable<> keep_forgetting(const forgetting& forget, const logger& log)
{
    for (auto& time = clock::of(co_await asio::this_coro::executor);;) {
        try {
            co_await forget(time.wall());
        } catch (const failure& trouble) {
            log.warning("what is old is kept a little longer: {}", trouble.what());
        }
        co_await sleep_for(10min);
    }
}

}  // namespace

setting_declaration inbox_setting()
{
    return {inbox_keep, "192h",
            "how long it is remembered which events were handled: more than the topics keep them, or a repeat has a "
            "second effect",
            setting_declaration::kind::value, is_some_time};
}

awaitable<> forgetting_meanwhile(awaitable<> work, forgetting forget, const logger& log)
{
    const auto both = [&](scope& background) -> awaitable<> {
        background.spawn(keep_forgetting(forget, log));
        co_await std::move(work);
        background.cancel();
    };
    co_await with_scope({}, both);
}

}  // namespace orders
