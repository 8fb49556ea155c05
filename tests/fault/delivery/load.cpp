#include "load.hpp"

#include "pace.hpp"
#include "sluice/base/scope.hpp"

#include <boost/json.hpp>

#include <fstream>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

// With several requests on their way to a broker that goes away, librdkafka may put a record into the log twice (its
// #4953) or, before 2.3, give the producer up (its #4438): then another one takes its place, and the answers say so.
kafka::settings one_at_a_time(kafka::settings with)
{
    with.properties["max.in.flight.requests.per.connection"] = "1";
    return with;
}

}  // namespace

load::load(asio::any_io_executor loop, kafka::settings cluster, settings what)
    : what_{std::move(what)},
      random_{what_.seed},
      time_{clock::of(loop)},
      producer_{std::move(loop),
                one_at_a_time(std::move(cluster)),
                {.delivery_timeout = 240s, .waiting = 1'000'000},  // longer than any outage
                blocking_,
                logger::to_stderr({})}
{
}

std::vector<fault::load_record> load::next(std::size_t count)
{
    std::uniform_int_distribution<std::size_t> any_key{0, what_.keys - 1};
    std::uniform_real_distribution<> any{0, 1};
    std::vector<fault::load_record> all(count);
    for (auto& one : all) {
        one.key = "k" + std::to_string(any_key(random_));
        one.number = keys_[one.key].given++;
        const auto drawn = any(random_);
        if (drawn < what_.poison)
            one.fate = fault::fate::poison;
        else if (drawn < what_.poison + what_.shaky)
            one.fate = fault::fate::shaky;
        one.sum = fault::sum_of(one);
    }
    return all;
}

awaitable<> load::send(std::vector<fault::load_record> what)
{
    std::vector<outgoing> all;
    for (const auto& one : what) all.push_back({what_.topic, one.key, to_json(one)});
    const auto answers = co_await producer_.send_all(std::move(all));
    for (std::size_t i = 0; i < what.size(); ++i) {
        auto& key = keys_[what[i].key];
        if (answers[i])
            ++sent_;
        else if (answers[i].error() == errc::not_sent)
            key.not_sent.push_back(what[i].number);
        else if (answers[i].error() == errc::outcome_unknown)
            key.unknown.push_back(what[i].number);
        else
            answers[i].value();
    }
    acknowledged_.wake_all();
}

awaitable<> load::sends(std::size_t more)
{
    const auto enough = sent_ + more;
    while (sent_ < enough) co_await acknowledged_.wait();
}

awaitable<> load::run()
{
    const auto body = [this](scope& sends) -> awaitable<> {
        for (pace steady{time_, what_.rate}; !ending_;) {
            const auto count = co_await steady.more();
            sends.spawn(send(next(count)));
        }
    };
    co_await with_scope({}, body);
    co_await producer_.close(time_.now() + 5s);
}

void load::describe(const std::filesystem::path& file) const
{
    std::ofstream{file} << boost::json::serialize(boost::json::value_from(keys_));
}
