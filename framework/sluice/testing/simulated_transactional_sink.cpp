#include "sluice/testing/simulated_transactional_sink.hpp"

#include <set>

namespace sluice::testing {

simulated_transactional_sink::simulated_transactional_sink(int id, simulated_log& log, simulated_history& history,
                                                           const simulated_habits& habits, clock& time)
    : id_{id},
      log_{log},
      history_{history},
      habits_{habits},
      calls_{time}
{
}

awaitable<simulated_transactional_sink::answer> simulated_transactional_sink::transact(outgoing_batch what,
                                                                                       positions finished,
                                                                                       membership of)
{
    for (const auto& one : finished) history_.add(step::kind::transaction_asked, id_, one.where, one.offset);
    fate next = scripted_.empty() ? habits_.transaction() : scripted_.front();
    if (!scripted_.empty()) scripted_.pop_front();
    const auto after = next.after;
    auto happen = [this, next = std::move(next), what, finished, of = std::move(of), epoch = epoch_]() -> answer {
        auto told = of ? arrived(next, *what, finished, *static_cast<const simulated_membership*>(of.get()), epoch)
                       : abort(*what, {errc::assignment_lost, "nobody commits"});
        for (const auto& one : finished)
            history_.add(step::kind::transaction_answered, id_, one.where, one.offset,
                         told ? "" : told.error().message());
        return told;
    };
    const auto call = calls_.send(after, std::move(happen));
    co_return co_await call->answer();
}

std::optional<std::int32_t> simulated_transactional_sink::partitions_of(std::string_view topic) const
{
    return log_.partitions_of(topic);
}

// The whole transaction in one instant: whatever there is against it is found before anything is there.
simulated_transactional_sink::answer simulated_transactional_sink::arrived(const fate& what,
                                                                           const std::vector<outgoing>& records,
                                                                           const positions& finished,
                                                                           const simulated_membership& of,
                                                                           std::size_t epoch)
{
    if (dead_) return transaction_error{errc::fatal, "this producer was cut off"};
    if (epoch != epoch_) return abort(records, {errc::not_sent, "another producer has taken this one's place"});
    transaction_error impossible{errc::invalid, "records that can never be sent"};
    for (std::size_t place = 0; place < records.size(); ++place)
        if (!log_.place_of(records[place]) || never(records[place])) impossible.never.push_back(place);
    if (!impossible.never.empty()) return abort(records, std::move(impossible));
    if (!what.happens) return abort(records, *what.fails);
    if (const auto ours = of.who->may_commit(finished, of.generation); !ours) return abort(records, ours.error());
    if (const auto done = of.who->commit_now(finished); !done) return abort(records, done.error());
    std::set<topic_partition> touched;
    for (const auto& one : records) touched.insert(log_.append(one, id_)->where);
    for (const auto& where : touched) log_.skip(where, 1);  // the marker
    ++committed_;
    if (what.fails) return transaction_error{*what.fails};
    return {};
}

simulated_transactional_sink::answer simulated_transactional_sink::abort(const std::vector<outgoing>& records,
                                                                         transaction_error why)
{
    for (const auto& one : records)
        if (const auto where = log_.place_of(one)) log_.skip(*where, 1);
    ++aborted_;
    return why;
}

}  // namespace sluice::testing
