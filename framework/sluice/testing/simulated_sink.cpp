#include "sluice/testing/simulated_sink.hpp"

namespace sluice::testing {

simulated_sink::simulated_sink(int id, simulated_log& log, simulated_history& history, const simulated_habits& habits,
                               clock& time)
    : id_{id},
      log_{log},
      history_{history},
      habits_{habits},
      calls_{time}
{
}

awaitable<result<position>> simulated_sink::send(outgoing what)
{
    const auto call = co_await start(std::move(what));
    co_return co_await call->answer();
}

awaitable<std::vector<result<position>>> simulated_sink::send_all(std::vector<outgoing> what)
{
    std::vector<std::shared_ptr<calls::pending>> started;
    for (auto& one : what) started.push_back(co_await start(std::move(one)));
    std::vector<result<position>> answers;
    for (const auto& call : started) answers.push_back(co_await call->answer());
    co_return answers;
}

std::optional<std::int32_t> simulated_sink::partitions_of(std::string_view topic) const
{
    return log_.partitions_of(topic);
}

void simulated_sink::die()
{
    dead_ = true;
    history_.add(step::kind::died, id_, {}, -1);
}

void simulated_sink::room(std::size_t sends)
{
    room_ = sends;
    full_.wake_all();
}

awaitable<std::shared_ptr<simulated_sink::calls::pending>> simulated_sink::start(outgoing what)
{
    while (calls_.size() >= room_) co_await full_.wait();
    const auto text = what.key.value_or("") + '=' + what.value.value_or("");
    history_.add(step::kind::send_asked, id_, {what.topic, what.partition.value_or(-1)}, -1, text);
    fate next = scripted_.empty() ? habits_.send(what) : scripted_.front();
    if (!scripted_.empty()) scripted_.pop_front();
    const auto after = next.after;
    auto happen = [this, next = std::move(next), what = std::move(what), text]() -> result<position> {
        full_.wake_one();
        result<position> answer = error{errc::not_sent, "this producer was cut off"};
        if (!dead_ && next.happens) answer = log_.append(what, id_);
        if (!dead_ && next.fails) answer = *next.fails;
        if (answer)
            history_.add(step::kind::send_answered, id_, answer->where, answer->offset, text);
        else
            history_.add(step::kind::send_failed, id_, {what.topic, what.partition.value_or(-1)}, -1,
                         text + ": " + answer.error().message());
        return answer;
    };
    co_return calls_.send(after, std::move(happen));
}

}  // namespace sluice::testing
