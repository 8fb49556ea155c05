#include "sluice/flow/transactor.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice {
namespace {

std::size_t bytes_of(const work& one)
{
    std::size_t sum = 0;
    for (const auto& each : one.sending) {
        sum += sizeof each + (each.key ? each.key->size() : 0) + (each.value ? each.value->size() : 0);
        for (const auto& header : each.headers)
            sum += sizeof header + header.name.size() + (header.value ? header.value->size() : 0);
    }
    return sum;
}

const error outside{errc::invalid, "an exactly-once flow sends nothing outside of its transactions"};

}  // namespace

awaitable<result<position>> kept_sink::send(outgoing)
{
    co_return outside;
}

awaitable<std::vector<result<position>>> kept_sink::send_all(std::vector<outgoing> what)
{
    co_return std::vector<result<position>>(what.size(), outside);
}

transactor::transactor(source& from, transactional_sink& to, execution& handlers, const flow_settings& settings,
                       const logger& log, clock& time)
    : from_{from},
      to_{to},
      handlers_{handlers},
      settings_{settings},
      log_{log},
      time_{time},
      backoff_{settings.sending, 1}
{
    handlers_.keep_finished([this](assignment& of, std::list<work> one) { keep(of, std::move(one)); });
}

void transactor::keep(assignment& of, std::list<work> finished)
{
    bytes_ += bytes_of(finished.front());
    ++kept_;
    const auto before = of.kept.ready();
    of.kept.keep(std::move(finished), of.finished.first());
    ready_ += of.kept.ready() - before;
    if (ready_ >= settings_.transaction.records) filled_.wake_all();
    look_at_room();
}

bool transactor::full() const noexcept
{
    return kept_ >= 3 * settings_.transaction.records || bytes_ + sent_bytes_ >= settings_.transaction.bytes;
}

void transactor::look_at_room()
{
    const bool now = full();
    if (std::exchange(was_full_, now) == now) return;
    if (now) filled_.wake_all();
    handlers_.tell_capacity();
}

awaitable<> transactor::due()
{
    if (tries_ > 0) {
        co_await sleep_for(backoff_.after(tries_).value_or(settings_.sending.max_delay));
        co_return;
    }
    if (ready_ >= settings_.transaction.records && !std::exchange(in_vain_, false)) co_return;
    // Full of what no transaction can take yet: it is not filled again before the age is reached.
    co_await filled_.wait_until(time_.now() + settings_.transaction.age);
}

awaitable<result<>> transactor::commit(assignments of)
{
    while (busy_) co_await free_.wait();
    struct turn {
        transactor& mine;
        explicit turn(transactor& m) : mine{m} { mine.busy_ = true; }
        ~turn()
        {
            mine.busy_ = false;
            mine.free_.wake_one();
        }
    } const ours{*this};

    if (torn_) co_return error{errc::outcome_unknown, "nobody waited for an earlier transaction"};
    if (in_doubt_) {
        const auto known = co_await find_out();
        if (known == fate::unknown)
            co_return failed(transaction_error{errc::unavailable, "what became of a transaction is not known yet"});
        in_doubt_ = false;
        if (known == fate::happened) committed();
    }
    if (std::exchange(stale_, false)) give_back(pending_.revise(), false);
    if (pending_.empty()) gather(of);
    in_vain_ = pending_.empty();
    if (in_vain_) co_return result<>{};
    co_return co_await send();
}

awaitable<result<>> transactor::commit_until(assignments of, time_point deadline)
{
    for (;;) {
        auto done = co_await commit(of);
        if (done && !anything_left(of)) co_return done;
        if (done) continue;
        if (done.error() == errc::assignment_lost || done.error() == errc::fatal) co_return done;
        const auto next = time_.now() + backoff_.after(std::max(tries_, 1)).value_or(settings_.sending.max_delay);
        if (torn_ || next >= deadline) co_return done;
        co_await sleep_until(next);
    }
}

void transactor::forget(const assignments& which)
{
    for (const auto& one : which) {
        one->given_up = true;
        stale_ = stale_ || std::ranges::count(pending_.whose(), one) > 0;
        ready_ -= one->kept.ready();
        auto gone = one->kept.clear();
        for (const auto& each : gone) bytes_ -= bytes_of(each);
        give_back(std::move(gone), false);
    }
}

// How far all of a partition is finished, with nothing running past gaps and transaction markers.
std::optional<std::int64_t> transactor::end_of(const assignment& one) const
{
    auto end = one.finished.committable();
    if (end && one.finished.idle())
        for (const auto& at : from_.position({one.where})) end = std::max(*end, at.offset);
    return end;
}

// Of records that have come, and of those that will come again.
std::string transactor::tried(const assignment& one, std::int64_t end) const
{
    if (wordless_ || (!one.finished.any_failed() && one.recalled.done())) return {};
    std::vector<progress_run> runs;
    if (const auto first = one.finished.committable(); first && *first > end) runs.push_back({end, *first});
    for (const auto& each : one.finished.beyond())
        progress::append(runs, std::array{each.finished ? progress_run{each.from, each.to} : each});
    progress::append(runs, one.recalled.rest(runs.empty() ? end : runs.back().to));
    return progress::to_text(end, runs);
}

bool transactor::anything_left(const assignments& of) const
{
    return !pending_.empty() || std::ranges::any_of(of, [](const auto& one) { return one->kept.ready() > 0; });
}

// Each time another partition comes first, so that none waits for ever behind busy ones.
void transactor::gather(const assignments& of)
{
    auto room = settings_.transaction.records;
    sent_bytes_ = 0;
    ++turn_;
    for (std::size_t i = 0; i < of.size() && room > 0; ++i) {
        const auto& one = of[(turn_ + i) % of.size()];
        if (one->given_up) continue;
        std::list<work> taken;
        room -= one->kept.take(room, taken);
        const auto end = one->kept.ready() > 0 ? std::optional{taken.back().what->offset() + 1} : end_of(*one);
        if (!end) continue;
        auto words = tried(*one, *end);
        const bool further = !taken.empty() || (one->finished.idle() && end != one->committed);
        if (!further && words == one->noted) continue;
        ready_ -= taken.size();
        for (const auto& each : taken) sent_bytes_ += bytes_of(each);
        pending_.add(one, std::move(taken), {one->where, *end, std::move(words)});
    }
    bytes_ -= sent_bytes_;
    pending_.seal();
}

awaitable<result<>> transactor::send()
{
    auto member = from_.member();
    if (!member) co_return failed({errc::assignment_lost, "the group counts this member as gone"});
    boost::system::result<void, transaction_error> done;
    torn_ = true;
    done = co_await to_.transact(pending_.what(), pending_.finished(), std::move(member));
    torn_ = false;
    if (!done) co_return failed(done.error());
    committed();
    co_return result<>{};
}

// All of a transaction or nothing of it: any partition that is still ours, and of which it has a record, tells.
awaitable<transactor::fate> transactor::find_out()
{
    const auto wanted = pending_.witness();
    if (!wanted) co_return fate::nothing;
    const auto found = co_await from_.committed(partitions(1, wanted->where));
    if (!found) co_return fate::unknown;
    const auto there = [&](const position& at) { return at.where == wanted->where && at.offset >= wanted->offset; };
    co_return std::ranges::any_of(*found, there) ? fate::happened : fate::nothing;
}

result<> transactor::failed(const transaction_error& why)
{
    ++failures_;
    ++tries_;
    in_doubt_ = in_doubt_ || why == errc::outcome_unknown;
    if (why == errc::invalid && !(why.never.empty() && hush(why))) replace(why);
    if (why == errc::fatal || why == errc::closed) {
        handlers_.fail(std::make_exception_ptr(failure{why}));
        return error{errc::fatal, why.message()};
    }
    return static_cast<const error&>(why);
}

// Maybe it was the words that the broker refused.
bool transactor::hush(const transaction_error& why)
{
    if (wordless_ || !pending_.hush()) return false;
    wordless_ = true;
    log_.warning("commits go without the attempts that failed from now on: {}", why.message());
    return true;
}

// What can never be sent makes room for its dead letter. Without one the flow fails, and commits what else it has.
void transactor::replace(const transaction_error& why)
{
    const auto guilty = pending_.senders_of(why.never);
    if (guilty.empty()) {
        forget(assignments{pending_.whose()});
        return handlers_.fail(std::make_exception_ptr(failure{why}));
    }
    for (auto* one : guilty) {
        const auto* what = one->buried ? "its dead letter" : "what its handler emitted";
        log_.error("{}/{}@{}: {} can never be sent: {}", one->what->topic(), one->what->partition(),
                   one->what->offset(), what, why.message());
        if (one->buried) continue;  // and is tried again, as every dead letter
        stale_ = true;
        if (handlers_.refuse(*one, why)) {
            tries_ = 0;
            continue;
        }
        forget({*std::ranges::find(pending_.whose(), one->of, &std::shared_ptr<assignment>::get)});
        handlers_.fail(std::make_exception_ptr(failure{why}));
    }
}

void transactor::committed()
{
    ++commits_;
    tries_ = 0;
    for (std::size_t i = 0; i < pending_.whose().size(); ++i) {
        pending_.whose()[i]->committed = pending_.finished()[i].offset;
        pending_.whose()[i]->noted = pending_.finished()[i].metadata;
    }
    sent_bytes_ = 0;
    give_back(pending_.clear(), true);
}

void transactor::give_back(std::list<work> nodes, bool committed)
{
    kept_ -= nodes.size();
    handlers_.recycle(std::move(nodes), committed);
    look_at_room();
}

}  // namespace sluice
