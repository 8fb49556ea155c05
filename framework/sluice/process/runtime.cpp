#include "sluice/process/runtime.hpp"

#include "sluice/base/scope.hpp"
#include "sluice/process/admin_endpoints.hpp"
#include "sluice/process/topics.hpp"
#include "sluice/process/usage_error.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>
#include <boost/asio/post.hpp>

#include <cstdlib>

namespace sluice {
namespace {

// What a shard may need beyond the drain's limit: leaving groups, cutting bodies short, closing the producer.
constexpr duration shard_limit = std::chrono::seconds{18};
constexpr duration sign_of_life = std::chrono::seconds{10};

}  // namespace

runtime::runtime(asio::any_io_executor loop, environment& process, chosen_roles roles, when_taken what)
    : loop_{std::move(loop)},
      process_{process},
      roles_{std::move(roles)}
{
    claim_ports(what);
    const auto troubled = [this] { asio::post(loop_, [this] { stop_shards(); }); };
    const auto shards = process.settings.integer("shards", 1, 256);
    for (std::int64_t i = 0; i < shards; ++i)
        shards_.emplace_back(process_, roles_, static_cast<std::size_t>(i), troubled);
}

runtime::~runtime() = default;

void runtime::claim_ports(when_taken what)
{
    auto& settings = process_.settings;
    const auto address = settings.get<std::string>("http.address");
    for (const auto* role : roles_) {
        if (!role->http) continue;
        const auto key = role->name + ".http.port";
        const auto& port = ports_.emplace_back(claim(key, {address, settings.get<std::uint16_t>(key)}, what));
        if (port.number() != settings.get<std::uint16_t>(key))
            settings.put(key, std::to_string(port.number()), "what was free");
        urls_[role->name] = "http://" + to_string({address, port.number()});
    }
    if (settings.get<std::string>("admin.listen") == "off") return;
    admin_ = parse_host_and_port(settings.get<std::string>("admin.listen"));
    if (!admin_) settings.reject("admin.listen", "an address and a port such as 127.0.0.1:9100, or off");
    admin_->port = ports_.emplace_back(claim("admin.listen", *admin_, what)).number();
    admin_url_ = "http://" + to_string(*admin_);
}

claimed_port runtime::claim(const std::string& key, const host_and_port& where, when_taken what)
{
    auto port = claimed_port::claim(where.host, where.port);
    if (!port && port.error() == errc::unavailable && what == when_taken::take_another)
        port = claimed_port::claim(where.host, 0);
    if (!port) throw usage_error{fmt::format("{}: {}", key, port.error().message())};
    return std::move(*port);
}

awaitable<> runtime::create_topics(cancellation_token stop)
{
    try {
        co_await run_under(stop, sluice::create_topics(process_, needed_topics(roles_)));
    } catch (const boost::system::system_error&) {
        if (!stop.cancelled()) throw;
    }
}

awaitable<int> runtime::run(cancellation_token stop)
{
    int status = 0;
    const auto body = [&](scope& beside) -> awaitable<> { status = co_await run_in(beside, stop); };
    co_await with_scope({}, body);
    co_return status;
}

awaitable<int> runtime::run_in(scope& beside, cancellation_token stop)
{
    co_await asio::this_coro::throw_if_cancelled(false);  // threads run: they are waited for, whatever happens
    cancellation admin_stop;
    if (admin_) beside.spawn(serve_admin(admin_stop.token()));

    std::vector<detail::shard_outcome> outcomes(shards_.size());
    const auto ended = [this] {
        ++ended_;
        changed_.wake_all();
    };
    for (auto& one : shards_) {
        auto& outcome = outcomes[threads_.size()];
        threads_.emplace_back([this, &one, &outcome, ended] {
            outcome = one.run();
            asio::post(loop_, ended);
            one.settle();
            ++settled_;
        });
    }

    const on_cancel stopping{stop, [this](cancel_reason) { stop_shards(); }};
    auto& time = clock::of(loop_);
    while (ended_ < shards_.size() && !stopping_)
        if (co_await changed_.wait_shielded()) stop_shards();
    const auto limit = time.now() + process_.settings.get<duration>("drain") + shard_limit;
    const auto late = time.at(limit, [this] { changed_.wake_all(); });
    while (ended_ < shards_.size() && time.now() < limit) co_await changed_.wait_shielded();
    if (ended_ < shards_.size()) {
        // Their threads are stuck in code that nothing can end.
        process_.log.error("{} of {} shards did not end, and are cut off", shards_.size() - ended_, shards_.size());
        std::_Exit(3);
    }
    process_.shared.clear();
    admin_stop.cancel(cancel_reason::shutdown);
    co_return report(outcomes);
}

awaitable<bool> runtime::settled(time_point limit)
{
    while (settled_ < shards_.size() && clock::of(loop_).now() < limit)
        co_await sleep_for(std::chrono::milliseconds{5});
    co_return settled_ == shards_.size();
}

awaitable<> runtime::serve_admin(cancellation_token stop)
{
    try {
        co_await serve_admin_endpoints(*this, process_, *admin_, std::move(stop));
    } catch (...) {
        stop_shards();
        throw;
    }
}

void runtime::stop_shards()
{
    if (std::exchange(stopping_, true)) return;
    for (auto& one : shards_) one.request_stop();
    changed_.wake_all();
}

int runtime::report(const std::vector<detail::shard_outcome>& outcomes) const
{
    detail::shard_outcome all;
    for (const auto& one : outcomes) {
        if (!all.failure) all.failure = one.failure;
        all.unfinished += one.unfinished;
        all.uncommitted += one.uncommitted;
        all.unanswered += one.unanswered;
        all.unsent += one.unsent;
        all.late.insert(all.late.end(), one.late.begin(), one.late.end());
    }
    const auto& log = process_.log;
    if (all.unfinished) log.error("records cut short by the end of the drain, which come again: {}", all.unfinished);
    if (all.uncommitted) log.error("flows whose last commit failed, so that records come again: {}", all.uncommitted);
    if (all.unanswered) log.error("HTTP requests cut short by the end of the drain: {}", all.unanswered);
    if (all.unsent) log.error("records that were not sent, or it is not known: {}", all.unsent);
    if (!all.late.empty())
        log.error("roles that did not end in time, and were cut short: {}", fmt::join(all.late, ", "));
    if (all.failure) std::rethrow_exception(all.failure);
    if (!all.clean()) return 3;
    log.info("all is done, nothing is left");
    return 0;
}

std::vector<std::string> runtime::not_ready() const
{
    if (stopping_) return {"the process is draining"};
    auto waiting = hung();
    if (threads_.empty()) waiting.emplace_back("the roles have not started");
    for (const auto& one : shards_) {
        const auto more = one.pulse().waiting;
        waiting.insert(waiting.end(), more.begin(), more.end());
    }
    return waiting;
}

std::vector<std::string> runtime::hung() const
{
    std::vector<std::string> list;
    const auto now = clock::of(loop_).now();
    std::size_t number = 0;
    for (const auto& one : shards_) {
        const auto last = one.pulse().when;
        if (last != time_point{} && now - last > sign_of_life)
            list.push_back(fmt::format("shard {} has not turned for {} s", number,
                                       std::chrono::duration_cast<std::chrono::seconds>(now - last).count()));
        ++number;
    }
    return list;
}

}  // namespace sluice
