#include "sluice/flow/batch_turn.hpp"

#include "sluice/flow/waves.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace sluice {

batch_turns::batch_turns(turns& alone, sink& to, gate& entrance, const flow_settings& settings, const logger& log,
                         batch_handler handler)
    : alone_{alone},
      to_{to},
      gate_{entrance},
      settings_{settings},
      log_{log},
      handler_{std::move(handler)}
{
}

awaitable<batch_verdict> batch_turns::take(lane& from, asio::cancellation_signal& interrupt)
{
    auto& first = from.queue.front();
    from.taken = 1;
    if (first.handled || alone_.expired(first) || first.of->stop.token().cancelled())
        co_return co_await take_alone(first, 0, interrupt);
    from.limit = std::clamp<std::size_t>(from.limit, 1, settings_.batch.records);
    const auto some = gather(from);
    const auto over = co_await call(some, interrupt);
    tell_gate(some, over);
    if (over.abandoned) co_return batch_verdict{0, {verdict::kind::abandoned}};
    if (over.trouble && some.size() > 1) co_return troubled(from, some, over.trouble);
    if (!over.trouble) {
        from.limit *= 2;
        co_return co_await finish(some, over, interrupt);
    }
    if (auto then = alone_.fail(first, over.trouble)) co_return batch_verdict{0, *std::move(then)};
    co_return co_await take_alone(first, 0, interrupt);
}

awaitable<batch_verdict> batch_turns::take_alone(work& what, std::size_t finished, asio::cancellation_signal& interrupt)
{
    auto then = co_await alone_.take(what, interrupt);
    if (then.what == verdict::kind::finished) co_return batch_verdict{finished + 1, {}};
    co_return batch_verdict{finished, std::move(then)};
}

// A record that has failed before is alone, so that nothing of its is a neighbour's. The first has passed the gate.
batch_turns::works batch_turns::gather(lane& from)
{
    works some;
    some.reserve(std::min(from.limit, from.queue.size()));
    for (auto& one : from.queue) {
        if (some.size() == from.limit) break;
        const bool marked = one.attempt > 1 || one.alone || one.handled;
        if (!some.empty()) {
            if (marked || alone_.expired(one)) break;
            if (!gate_.always_open()) {
                if (!gate_.may_start()) break;
                one.pass = gate_.enter();
            }
        }
        some.push_back(&one);
        if (marked) break;
    }
    from.taken = some.size();
    return some;
}

awaitable<batch_turns::outcome> batch_turns::call(const works& some, asio::cancellation_signal& interrupt)
{
    const auto stop = some[0]->of->stop.token();
    std::vector<record> records;
    records.reserve(some.size());
    for (auto* one : some) records.push_back(std::move(*one->what));
    outcome over;
    reply returned;
    batch_context about{records, some[0]->attempt, stop, log_};
    {
        const visible shown{*some[0], about};
        const on_cancel reach{stop, [&interrupt](cancel_reason) { interrupt.emit(asio::cancellation_type::all); }};
        try {
            returned = co_await handler_(records, about);
            over.handled = some.size();
        } catch (const failed_record& named) {
            over.handled = std::min(named.index(), some.size());
            over.failure = named.why();
        } catch (...) {
            over.trouble = std::current_exception();
        }
    }
    if (over.failure && over.handled == some.size()) {
        over.handled = 0;
        over.failure = nullptr;
        over.trouble = std::make_exception_ptr(permanent_failure{"the handler names a record that is not there"});
    }
    over.emits = about.emits() || !returned.records().empty();
    if (stop.cancelled()) {
        co_await asio::this_coro::reset_cancellation_state();
        // What finished all the same, and has nothing to send here, is finished.
        over.abandoned = over.handled < some.size() || (over.emits && !alone_.keeps());
    }
    if (over.handled == some.size() && !over.emits) co_return over;
    for (std::size_t i = 0; i < some.size(); ++i) some[i]->what.emplace(std::move(records[i]));
    if (!over.abandoned && !over.trouble) answer(some, over.handled, about, std::move(returned));
    co_return over;
}

void batch_turns::answer(const works& some, std::size_t handled, batch_context& about, reply returned)
{
    std::vector<reply> replies(handled);
    for (auto& [index, what] : about.take_emitted())
        if (index < handled)
            for (auto& one : std::move(what).take()) replies[index].add(std::move(one));
    if (handled > 0)
        for (auto& one : std::move(returned).take()) replies.back().add(std::move(one));
    for (std::size_t i = 0; i < handled; ++i) alone_.answered(*some[i], std::move(replies[i]));
}

// Of a failure that has a name, or is the only record's, `turns::fail` tells it.
void batch_turns::tell_gate(const works& some, const outcome& over)
{
    if (gate_.always_open()) return;
    const bool abandoned = over.abandoned;
    const std::size_t told_elsewhere = !abandoned && (over.failure || (over.trouble && some.size() == 1)) ? 1 : 0;
    std::size_t next = 0;
    if (over.trouble && !abandoned && told_elsewhere == 0) {
        std::optional<breaker::doubt> of_nobody;
        static_cast<void>(gate_.failed(some[next++]->pass, classify(over.trouble, settings_.policy).what, of_nobody));
    }
    if (!abandoned)
        for (; next < over.handled; ++next) gate_.succeeded(some[next]->pass);
    for (next += told_elsewhere; next < some.size(); ++next) gate_.withdrawn(some[next]->pass);
}

// Half of them in its next turn. Nobody's attempt is counted.
batch_verdict batch_turns::troubled(lane& from, const works& some, const std::exception_ptr& trouble)
{
    const auto& first = *some[0]->what;
    const bool forgone = settings_.mode == delivery::at_most_once;
    from.limit = some.size() / 2;
    log_.warning("{} failed on {} records from {}/{}@{} on, {}: {}", alone_.handler_name(), some.size(), first.topic(),
                 first.partition(), first.offset(), forgone ? "which are not repeated" : "and gets half as many",
                 classify(trouble).message);
    if (forgone) return {some.size(), {}, true};
    return {0, {verdict::kind::again, {}, trouble}};
}

awaitable<batch_verdict> batch_turns::finish(const works& some, const outcome& over,
                                             asio::cancellation_signal& interrupt)
{
    std::size_t finished = over.handled;
    if (over.emits) {
        if (!alone_.keeps()) co_await send(some, over.handled, interrupt);
        for (finished = 0; finished < over.handled; ++finished) {
            if (some[finished]->sending.empty()) continue;
            auto then = co_await alone_.take(*some[finished], interrupt);
            if (then.what == verdict::kind::finished) continue;
            if (over.failure) some[over.handled]->alone = true;
            co_return batch_verdict{finished, std::move(then)};
        }
    }
    if (!over.failure) co_return batch_verdict{finished, {}};
    auto& failed = *some[over.handled];
    if (auto then = alone_.fail(failed, over.failure)) co_return batch_verdict{finished, *std::move(then)};
    co_return co_await take_alone(failed, finished, interrupt);
}

// All that they emit, in one order. What is not in the log then is left to the turn of its record.
awaitable<> batch_turns::send(const works& some, std::size_t handled, asio::cancellation_signal& interrupt)
{
    const auto stop = some[0]->of->stop.token();
    std::vector<outgoing> all;
    works whose;
    for (std::size_t i = 0; i < handled; ++i)
        for (auto& one : std::exchange(some[i]->sending, {})) {
            all.push_back(std::move(one));
            whose.push_back(some[i]);
        }
    for (bool well = true; well && !all.empty();) {
        const auto wave = next_wave(all);
        std::vector<result<position>> results;
        {
            const on_cancel reach{stop, [&interrupt](cancel_reason) { interrupt.emit(asio::cancellation_type::all); }};
            try {
                results = co_await to_.send_all(chosen(all, wave));
            } catch (const std::exception&) {  // cancelled, or a sink that throws: as one that does not know
            }
        }
        if (stop.cancelled()) co_await asio::this_coro::reset_cancellation_state();
        std::vector<bool> sent(all.size());
        for (std::size_t i = 0; i < wave.size(); ++i) sent[wave[i]] = i < results.size() && results[i];
        well = std::ranges::count(sent, true) == static_cast<std::ptrdiff_t>(wave.size());
        std::size_t left = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (sent[i]) continue;
            if (left != i) all[left] = std::move(all[i]);
            whose[left++] = whose[i];
        }
        all.resize(left);
        whose.resize(left);
    }
    for (std::size_t i = 0; i < all.size(); ++i) whose[i]->sending.push_back(std::move(all[i]));
}

}  // namespace sluice
