#include "sluice/flow/by_topic.hpp"
#include "sluice/flow/dead_letter.hpp"
#include "sluice/testing/test_case.hpp"

using namespace sluice;

namespace {

struct named {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(named, (), (name))

const topic<named> apples{"apple", &named::name}, pears{"pear", &named::name};

// A handler that says which one it is, by what it emits.
topic_handler of(const topic<named>& from)
{
    const topic<named>* at = &from;
    const auto handle = [at](named what, context&) -> awaitable<reply> {
        return [](auto* to, auto payload) -> awaitable<reply> { co_return emit(*to, payload); }(at, std::move(what));
    };
    return {&from, typed(from, handle)};
}

topic_handler batches_of(const topic<named>& from)
{
    const auto handle = [](std::span<const named>, batch_context&) -> awaitable<> { co_return; };
    return {&from, typed_batch(from, handle)};
}

awaitable<std::string> handled_by(record_handler all, std::string topic)
{
    const auto what = record::make({std::move(topic), 0}, 0, "k", R"({"name":"n"})");
    const logger quiet;
    context about{what, 1, {}, quiet};
    const auto answer = co_await all(what, about);
    co_return answer.records().at(0).topic;
}

std::string trouble_with(std::vector<topic_handler> handlers)
{
    try {
        by_topic("fruit", std::move(handlers));
    } catch (const failure& e) {
        return e.what();
    }
    return "none";
}

}  // namespace

SLUICE_TEST_CASE(a_record_goes_to_the_handler_of_its_source_topic_by_a_detour_too)
{
    std::vector<topic_handler> both{of(apples), of(pears)};
    const auto all = std::get<record_handler>(by_topic("fruit", both));
    BOOST_TEST(co_await handled_by(all, "apple") == "apple");
    BOOST_TEST(co_await handled_by(all, "pear") == "pear");
    BOOST_TEST(co_await handled_by(all, retry_topic("pear", "fruit", {})) == "pear");
    BOOST_TEST(co_await handled_by(all, retry_topic("apple", "fruit", std::chrono::seconds{30})) == "apple");
    std::string strange;
    try {
        co_await handled_by(all, retry_topic("pear", "vegetables", {}));
    } catch (const failure& e) {
        strange = e.what();
    }
    BOOST_TEST(strange == "flow of group \"fruit\": no handler for the topic pear.vegetables.retry.0s");
}

BOOST_AUTO_TEST_CASE(topics_without_one_handler_each_are_refused)
{
    BOOST_TEST(trouble_with({}) == "flow of group \"fruit\": no topic has a handler");
    BOOST_TEST(trouble_with({of(apples), of(pears), of(apples)}) ==
               "flow of group \"fruit\": the topic apple has two handlers");
    const auto mixed = "flow of group \"fruit\": either all topics have handlers of batches, or none";
    BOOST_TEST(trouble_with({of(apples), batches_of(pears)}) == mixed);
    BOOST_TEST(trouble_with({batches_of(apples), of(pears)}) == mixed);
    BOOST_TEST(trouble_with({batches_of(apples), batches_of(pears)}) == "none");
}
