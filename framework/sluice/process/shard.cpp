#include "sluice/process/shard.hpp"

#include "sluice/flow/failure.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace sluice::detail {
namespace {

// Flows and servers keep to the drain's limit by themselves; then they commit and leave their group. This is for
// bodies that do not end even then.
constexpr duration tidy_limit = std::chrono::seconds{10};
constexpr duration close_limit = std::chrono::seconds{5};

}  // namespace

shard::shard(environment& process, const chosen_roles& roles, std::size_t number, std::function<void()> troubled)
    : process_{process},
      chosen_{roles},
      number_{number},
      troubled_{std::move(troubled)}
{
}

shard::~shard() = default;

shard_outcome shard::run()
{
    const auto busy = asio::make_work_guard(loop_);
    const auto ended = [this](std::exception_ptr error) {
        if (error) failed(error);
        loop_.stop();
    };
    asio::co_spawn(loop_, live(), ended);
    while (!loop_.stopped()) {
        try {
            loop_.run();
        } catch (...) {
            failed(std::current_exception());
        }
    }
    return std::move(outcome_);
}

void shard::request_stop()
{
    asio::post(loop_, [this] { stop_.cancel(cancel_reason::shutdown); });
}

shard_pulse shard::pulse() const
{
    const std::scoped_lock lock{pulse_mutex_};
    return pulse_;
}

kafka::transaction_producer_settings shard::transactions_of(const std::string& topic, const flow_settings& how) const
{
    // The topic comes last: a group may have two, and what is allowed to a program and a group goes by the beginning.
    return {.transactional_id =
                fmt::format("{}.{}.{}.{}.{}", process_.program, how.group, process_.instance, number_, topic),
            .records = how.transaction.records};
}

std::string shard::member_name(std::string_view topic) const
{
    const auto instance = process_.settings.get<std::string>("instance");
    return instance.empty() ? instance : fmt::format("{}.{}.{}", instance, number_, topic);
}

running_role& shard::running(const role_entry& which)
{
    return *std::ranges::find(roles_, &which, [](const running_role& one) { return &one.entry; });
}

awaitable<> shard::live()
{
    producer_ = std::make_unique<kafka::producer>(loop_.get_executor(), process_.kafka, process_.producing(), pool_,
                                                  process_.log);
    for (const auto* entry : chosen_) roles_.emplace_back(*entry, *this);
    const auto body = [this](scope& children) { return run_roles(children); };
    co_await with_scope({}, body);
    outcome_.unsent = co_await producer_->close(clock::of(loop_.get_executor()).now() + close_limit);
}

awaitable<> shard::run_roles(scope& children)
{
    auto& time = clock::of(loop_.get_executor());
    const auto drain = process_.settings.get<duration>("drain");
    clock::alarm end_of_drain;
    scope roles{loop_.get_executor(), children.token()};
    const auto cut = [&] {
        for (const auto& one : roles_)
            if (!one.ended) outcome_.late.push_back(one.entry.name);
        roles.cancel(cancel_reason::deadline);
    };
    const on_cancel draining{stop_token_,
                             [&](cancel_reason) { end_of_drain = time.at(time.now() + drain + tidy_limit, cut); }};
    auto& pulse = children.spawn(beat());
    for (auto& one : roles_) roles.spawn(run_role(one));
    co_await roles.join();
    pulse.emit(asio::cancellation_type::all);
}

awaitable<> shard::run_role(running_role& which)
{
    try {
        co_await which.entry.body(which.self);
    } catch (...) {
        const auto error = std::current_exception();
        if (!(stop_token_.cancelled() && is_cancellation(error))) {
            which.self.log().error("failed: {}", classify(error).message);
            failed(error);
        }
    }
    which.ended = true;
}

void shard::failed(std::exception_ptr error)
{
    if (!outcome_.failure) outcome_.failure = std::move(error);
    troubled_();
}

awaitable<> shard::beat()
{
    for (;;) {
        shard_pulse now{clock::of(loop_.get_executor()).now(), waiting()};
        {
            const std::scoped_lock lock{pulse_mutex_};
            pulse_ = std::move(now);
        }
        co_await sleep_for(std::chrono::milliseconds{200});
    }
}

std::vector<std::string> shard::waiting() const
{
    std::vector<std::string> list;
    const auto joined = [](const running_role& role, const std::string& topic, const std::string& group) {
        return std::ranges::any_of(role.flows, [&](const running_flow& one) {
            return std::ranges::count(one.topics, topic) > 0 && one.group == group && one.source->joined();
        });
    };
    for (const auto& role : roles_) {
        if (role.ended) continue;
        if (role.entry.http && !role.serving) list.push_back(role.entry.name + " does not serve yet");
        for (const auto& input : role.entry.inputs)
            for (const auto& topic : input.topics)
                if (!joined(role, topic->name(), input.group))
                    list.push_back(fmt::format("{} has not joined the group {} on {} yet", role.entry.name, input.group,
                                               topic->name()));
    }
    return list;
}

}  // namespace sluice::detail
