#include "sluice/flow/lanes.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

struct fixture {
    explicit fixture(ordering order) : queue{order} {}

    void admit(assignment& of, std::int64_t offset, std::optional<std::string> key)
    {
        queue.admit(of, record::make(of.where, offset, std::move(key), "a value too long to lie in the string itself"));
    }
    // The offset that would run next, or -1.
    std::int64_t take()
    {
        const auto next = queue.take();
        if (!next) return -1;
        busy.push_back(*next);
        return (*next)->queue.front().what->offset();
    }

    lanes queue;
    std::vector<lane_ref> busy;
    assignment zero{{"orders", 0}, {}};
    assignment one{{"orders", 1}, {}};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(lanes_of_records)

BOOST_AUTO_TEST_CASE(a_partition_runs_one_record_at_a_time_and_partitions_side_by_side)
{
    fixture f{by_partition{}};
    f.admit(f.zero, 1, "a");
    f.admit(f.zero, 2, "b");
    f.admit(f.one, 7, "a");
    BOOST_TEST(f.take() == 1);
    BOOST_TEST(f.take() == 7);
    BOOST_TEST(f.take() == -1);
    f.queue.pop(f.busy[0]);
    BOOST_TEST(f.take() == 2);
}

BOOST_AUTO_TEST_CASE(a_key_runs_one_record_at_a_time_and_keys_side_by_side)
{
    fixture f{by_key{}};
    f.admit(f.zero, 1, "a");
    f.admit(f.zero, 2, "a");
    f.admit(f.zero, 3, "b");
    BOOST_TEST(f.take() == 1);
    BOOST_TEST(f.take() == 3);
    BOOST_TEST(f.take() == -1);
    f.queue.pop(f.busy[0]);
    BOOST_TEST(f.take() == 2);
}

BOOST_AUTO_TEST_CASE(records_without_a_key_have_no_order)
{
    fixture f{by_key{}};
    f.admit(f.zero, 1, std::nullopt);
    f.admit(f.zero, 2, std::nullopt);
    f.admit(f.zero, 3, "");
    f.admit(f.zero, 4, "");
    BOOST_TEST(f.take() == 1);
    BOOST_TEST(f.take() == 2);
    BOOST_TEST(f.take() == 3);  // an empty key is a key
    BOOST_TEST(f.take() == -1);
}

BOOST_AUTO_TEST_CASE(unordered_records_all_run_at_once)
{
    fixture f{unordered{}};
    for (int offset = 0; offset < 5; ++offset) f.admit(f.zero, offset, "same");
    for (int offset = 0; offset < 5; ++offset) BOOST_TEST(f.take() == offset);
}

BOOST_AUTO_TEST_CASE(a_parked_key_holds_back_only_itself_and_counts_as_parked)
{
    fixture f{by_key{}};
    f.admit(f.zero, 1, "a");
    f.admit(f.zero, 2, "b");
    f.admit(f.zero, 3, "a");
    BOOST_TEST(f.take() == 1);
    f.queue.park(f.busy[0]);
    BOOST_TEST(f.queue.parked() == 2u);
    f.admit(f.zero, 4, "a");
    BOOST_TEST(f.queue.parked() == 3u);
    BOOST_TEST(f.queue.queued() == 1u);
    BOOST_TEST(f.take() == 2);
    BOOST_TEST(f.take() == -1);
    f.queue.unpark(f.busy[0]);
    BOOST_TEST(f.queue.parked() == 0u);
    BOOST_TEST(f.queue.queued() == 3u);
    BOOST_TEST(f.take() == 1);
}

BOOST_AUTO_TEST_CASE(a_record_that_is_parked_again_and_again_is_copied_once)
{
    fixture f{by_key{}};
    f.admit(f.zero, 1, "a");
    f.admit(f.zero, 2, "a");
    const auto behind = [&] { return static_cast<const void*>(f.busy[0]->queue.back().what->value()->data()); };
    BOOST_TEST(f.take() == 1);
    f.queue.park(f.busy[0]);
    const auto* const copy = behind();
    f.queue.unpark(f.busy[0]);
    BOOST_TEST(f.take() == 1);
    f.queue.park(f.busy[0]);
    BOOST_TEST(behind() == copy);
}

BOOST_AUTO_TEST_CASE(a_dropped_partition_forgets_what_waits_but_not_what_runs)
{
    fixture f{by_key{}};
    f.admit(f.zero, 1, "a");
    f.admit(f.zero, 2, "a");
    f.admit(f.zero, 3, "b");
    f.admit(f.zero, 4, "c");
    f.admit(f.one, 9, "d");
    BOOST_TEST(f.take() == 1);
    BOOST_TEST(f.take() == 3);
    f.queue.park(f.busy[1]);
    f.queue.drop(f.zero);
    BOOST_TEST(f.zero.running == 1u);
    BOOST_TEST(f.queue.queued() == 1u);
    BOOST_TEST(f.queue.parked() == 0u);
    BOOST_TEST(f.zero.finished.committable().value() == 1);
    f.queue.pop(f.busy[0]);
    BOOST_TEST(f.zero.running == 0u);
    BOOST_TEST(f.zero.finished.committable().value() == 2);
    BOOST_TEST(f.take() == 9);
    BOOST_TEST(f.take() == -1);
}

BOOST_AUTO_TEST_CASE(an_abandoned_record_stays_unfinished)
{
    fixture f{by_partition{}};
    f.admit(f.zero, 5, "a");
    BOOST_TEST(f.take() == 5);
    f.queue.drop(f.zero);
    f.queue.abandon(f.busy[0]);
    BOOST_TEST(f.zero.running == 0u);
    BOOST_TEST(f.queue.running() == 0u);
    BOOST_TEST(f.zero.finished.committable().value() == 5);
}

BOOST_AUTO_TEST_SUITE_END()
