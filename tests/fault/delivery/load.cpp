#include "load.hpp"

#include "fault/load_record.hpp"
#include "pace.hpp"
#include "sluice/base/scope.hpp"

#include <boost/json.hpp>

#include <fstream>

using namespace sluice;
using namespace std::chrono_literals;

load::load(asio::any_io_executor loop, kafka::settings cluster, settings what)
    : what_{std::move(what)},
      random_{what_.seed},
      time_{clock::of(loop)},
      // Longer than any outage, so that no send has an unknown outcome.
      producer_{std::move(loop), std::move(cluster), {.delivery_timeout = 240s, .waiting = 1'000'000}, blocking_, {}}
{
}

std::vector<outgoing> load::next(std::size_t count)
{
    std::uniform_int_distribution<std::size_t> any_key{0, what_.keys - 1};
    std::uniform_real_distribution<> any{0, 1};
    std::vector<outgoing> all;
    for (std::size_t i = 0; i < count; ++i) {
        fault::load_record one{.key = "k" + std::to_string(any_key(random_))};
        one.number = numbers_[one.key]++;
        const auto drawn = any(random_);
        if (drawn < what_.poison)
            one.fate = fault::fate::poison;
        else if (drawn < what_.poison + what_.shaky)
            one.fate = fault::fate::shaky;
        one.sum = fault::sum_of(one);
        all.push_back({what_.topic, one.key, to_json(one)});
    }
    return all;
}

awaitable<> load::send(std::vector<outgoing> what)
{
    const auto count = what.size();
    const auto answers = co_await producer_.send_all(std::move(what));
    for (const auto& answer : answers) answer.value();
    sent_ += count;
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
    std::ofstream{file} << boost::json::serialize(boost::json::value_from(numbers_));
}
