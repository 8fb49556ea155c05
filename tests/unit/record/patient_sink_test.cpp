#include "sluice/record/patient_sink.hpp"

#include "sluice/base/wait_queue.hpp"
#include "sluice/testing/test_case.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// Answers after `takes`; a patient one says that it was asked as such.
template <class Base>
struct slow_sink : Base {
    explicit slow_sink(duration takes) : takes{takes} {}

    awaitable<result<position>> send(outgoing what) override
    {
        co_await sleep_for(takes);
        co_return position{{what.topic, 0}, 7, {}};
    }
    awaitable<std::vector<result<position>>> send_all(std::vector<outgoing>) override
    {
        throw std::logic_error{"not used"};
    }
    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view) const override { return std::nullopt; }

    const duration takes;
};

struct patient final : slow_sink<patient_sink> {
    using slow_sink::slow_sink;
    awaitable<result<position>> send_until(outgoing, time_point when) override
    {
        asked = when;
        co_return error{errc::outcome_unknown};
    }
    time_point asked{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(patient_sinks)

SLUICE_VIRTUAL_TEST_CASE(any_sink_is_waited_for_at_most_until_then)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    slow_sink<sink> slow{3s};
    const auto begun = time.now();
    const outgoing what{.topic = "t"};
    const auto in_time = co_await send_until(slow, what, begun + 4s);
    BOOST_TEST(in_time.value().offset == 7);
    const auto again = time.now();
    const auto too_late = co_await send_until(slow, what, again + 2s);
    BOOST_TEST((too_late.error() == errc::outcome_unknown));
    BOOST_TEST((time.now() - again == 2s));
}

SLUICE_VIRTUAL_TEST_CASE(a_sink_that_can_bounds_the_wait_itself)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    patient able{1h};
    const outgoing what{.topic = "t"};
    const auto until = time.now() + 5s;
    const auto answered = co_await send_until(able, what, until);
    BOOST_TEST((answered.error() == errc::outcome_unknown));
    BOOST_TEST((able.asked == until));
}

BOOST_AUTO_TEST_SUITE_END()
