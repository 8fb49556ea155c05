#include "sluice/flow/turn.hpp"

#include "sluice/flow/attempt.hpp"
#include "sluice/flow/dead_letter.hpp"
#include "sluice/flow/detour.hpp"
#include "sluice/flow/emission.hpp"
#include "sluice/flow/origin.hpp"
#include "sluice/flow/waves.hpp"
#include "sluice/record/deadline.hpp"

#include <boost/asio/this_coro.hpp>

namespace sluice {
namespace {

std::string_view words(const work& what)
{
    if (what.buried) return "its dead letter";
    return what.detoured ? "its next attempt" : "what its handler emitted";
}

// For what the broker will not take before somebody has changed something.
constexpr duration long_pause = std::chrono::seconds{30};

retry_settings without_end(retry_settings how)
{
    how.attempts = 0;
    return how;
}

}  // namespace

turns::turns(sink& to, gate& entrance, const flow_settings& settings, const logger& log, clock& time,
             std::uint64_t seed)
    : to_{to},
      gate_{entrance},
      settings_{settings},
      log_{log},
      time_{time},
      remedies_{settings, seed},
      sends_{settings.sending, seed + 1},
      waits_{without_end(settings.retry), seed + 2}
{
}

awaitable<verdict> turns::take(work& what, asio::cancellation_signal& interrupt)
{
    if (!what.handled) {
        attempt one{*this, what, interrupt};
        if (one.starts()) {
            try {
                auto answer = co_await one.call();
                one.succeeded(std::move(answer));
            } catch (...) {
                one.failed(std::current_exception());
            }
            if (one.cut_short()) co_await asio::this_coro::reset_cancellation_state();
        }
        if (auto over = one.end()) co_return *std::move(over);
    }
    co_return co_await send(what, interrupt);
}

awaitable<verdict> turns::send(work& what, asio::cancellation_signal& interrupt)
{
    if (keeps()) co_return verdict{};
    const auto stop = what.of->stop.token();
    for (;;) {
        const auto wave = next_wave(what.sending);
        std::vector<result<position>> results;
        std::string trouble;
        {
            const on_cancel reach{stop, [&interrupt](cancel_reason) { interrupt.emit(asio::cancellation_type::all); }};
            try {
                results = co_await to_.send_all(chosen(what.sending, wave));
            } catch (const std::exception& e) {
                trouble = e.what();  // cancelled, or a sink that throws where it should answer: it is sent again
            }
        }
        if (stop.cancelled()) {
            co_await asio::this_coro::reset_cancellation_state();
            co_return verdict{verdict::kind::abandoned};
        }
        const auto first = keep_unsent(what.sending, wave, results, trouble);
        if (!first && what.sending.empty()) co_return verdict{};
        if (!first) continue;
        if (*first == errc::invalid) {
            if (what.buried || what.detoured) co_return refused(what, *first);
            const auto never = std::make_exception_ptr(sluice::failure{*first});
            if (auto over = failed(what, never, false)) co_return *std::move(over);
            continue;  // with the dead letter
        }
        if (settings_.mode == delivery::at_most_once) {
            log_.error("{}/{}@{}: what its handler emitted is not in the log ({}), and is not repeated",
                       what.what->topic(), what.what->partition(), what.what->offset(), first->message());
            co_return verdict{verdict::kind::forgone};
        }
        log_.warning("{}/{}@{}: {} is not in the log yet ({}); trying again", what.what->topic(),
                     what.what->partition(), what.what->offset(), words(what), first->message());
        co_return verdict{verdict::kind::again, sends_.after(++what.tries).value_or(settings_.sending.max_delay),
                          std::make_exception_ptr(sluice::failure{*first})};
    }
}

void turns::answered(work& what, reply answer) const
{
    if (!answer.records().empty()) what.sending = stamped(std::move(answer), *what.what, handler_name());
    what.handled = true;
}

bool turns::expired(const work& what) const
{
    const auto left = time_left(what);
    return left && *left <= duration::zero();
}

bool turns::keeps() const
{
    return settings_.mode == delivery::exactly_once;
}

bool turns::refuse(work& what, const error& why)
{
    if (!settings_.dead_letters) return false;
    if (!what.first_failure) what.first_failure = time_.wall();
    bury(what, {handler_failure::kind::permanent, "sluice::failure", why.message()});
    return true;
}

// Not before somebody has given the topic, its size, or the right to write it. The partition stops meanwhile.
verdict turns::refused(work& what, const sluice::error& why)
{
    if (!std::exchange(what.refused, true)) ++what.of->refused;
    log_.error("{}/{}@{}: {} cannot be written, so its partition stops until it can: {}", what.what->topic(),
               what.what->partition(), what.what->offset(), words(what), why.message());
    return {verdict::kind::again, std::max(long_pause, settings_.sending.max_delay),
            std::make_exception_ptr(sluice::failure{why})};
}

// What failed waits or stops the flow; none: its dead letter is to be sent.
std::optional<verdict> turns::failed(work& what, const std::exception_ptr& error, bool too_late)
{
    const auto now = time_.wall();
    if (!what.first_failure) what.first_failure = now;
    auto why = classify(error, settings_.policy);
    if (too_late) why.what = handler_failure::kind::expired;
    const bool free = !what.handled && gate_.failed(what.pass, why.what, what.doubtful);
    if (settings_.mode == delivery::at_most_once) {
        context{*what.what, what.attempt, {}, log_}.log().error("{} failed, and is not repeated: {}", handler_name(),
                                                                why.message);
        return verdict{verdict::kind::forgone};
    }
    if (free) return excused(what, why, error);
    const auto then = remedies_.after({.why = why.what,
                                       .number = what.attempt,
                                       .since_first = std::max(now, *what.first_failure) - *what.first_failure,
                                       .left = time_left(what)});
    const auto told = context{*what.what, what.attempt, {}, log_}.log();
    if (then.what == remedy::kind::again) {
        told.warning("{} failed, attempt {} of {}: {}", handler_name(), what.attempt, settings_.retry.attempts,
                     why.message);
        ++what.attempt;
        ++retried_;
        return verdict{verdict::kind::again, then.delay, error};
    }
    if (then.what == remedy::kind::detour) {
        told.warning("{} failed, attempt {} of {}: {}", handler_name(), what.attempt, settings_.retry_topics.size() + 1,
                     why.message);
        ++retried_;
        take_detour(what, why, then.delay);
        return std::nullopt;
    }
    why.what = then.why;
    told.error("{} failed for good ({}), attempt {}: {}", handler_name(), error_class_of(why.what), what.attempt,
               why.message);
    if (!settings_.dead_letters) return verdict{verdict::kind::stopped, {}, error};
    bury(what, why);
    return std::nullopt;
}

// Nobody answers, or seems to: the record has its attempt again. With the breaker open it waits at the gate.
verdict turns::excused(work& what, const handler_failure& why, const std::exception_ptr& error)
{
    if (what.attempt == 1) what.first_failure.reset();
    const auto told = context{*what.what, what.attempt, {}, log_}.log();
    told.warning("{} failed, which costs no attempt: {}", handler_name(), why.message);
    const auto delay = gate_.open() ? duration::zero() : waits_.after(++what.excused).value_or(duration::zero());
    return {verdict::kind::again, delay, error};
}

void turns::take_detour(work& what, const handler_failure& why, duration delay)
{
    const auto source = origin_of(*what.what, settings_.group).topic;
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(delay);
    const detour so_far{.attempts = what.attempt, .first_failure = what.first_failure, .not_before = time_.wall() + ms};
    what.sending.assign(1, make_detour(*what.what, settings_.group, delay, so_far, why.message,
                                       to_.partitions_of(retry_topic(source, settings_.group, delay))));
    what.handled = true;
    what.detoured = true;
    what.tries = 0;
}

void turns::bury(work& what, const handler_failure& why)
{
    const obituary letter{.group = settings_.group,
                          .handler = handler_name(),
                          .error_class = error_class_of(why.what),
                          .error_type = why.type,
                          .error = why.message,
                          .attempts = what.attempt,
                          .first_failure = *what.first_failure};
    const auto target = dead_letter_topic(origin_of(*what.what, settings_.group).topic, settings_.group);
    what.sending.assign(1, make_dead_letter(*what.what, letter, to_.partitions_of(target)));
    what.handled = true;
    what.buried = true;
    what.tries = 0;
}

std::optional<duration> turns::time_left(const work& what) const
{
    const auto deadline = deadline_of(*what.what);
    if (!deadline) return std::nullopt;
    // Far ones, and those of nonsense, must not overflow the clock.
    constexpr std::chrono::hours far{24 * 365};
    if (*deadline >= time_.wall() + far) return std::nullopt;
    return std::max<duration>(*deadline <= timestamp{} ? duration::zero() : *deadline - time_.wall(), duration::zero());
}

std::string_view turns::handler_name() const
{
    return settings_.handler.empty() ? settings_.group : settings_.handler;
}

}  // namespace sluice
