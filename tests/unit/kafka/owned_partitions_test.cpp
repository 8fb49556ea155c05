#include "sluice/kafka/detail/owned_partitions.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::kafka::detail;

namespace {

struct messages_of_orders {
    client_handle client{rd_kafka_new(RD_KAFKA_PRODUCER, nullptr, nullptr, 0)};
    topic_handle orders{rd_kafka_topic_new(client.get(), "orders", nullptr)};
    owned_partitions owned;

    bool admit(std::int32_t partition, std::int64_t offset)
    {
        rd_kafka_message_t message{};
        message.rkt = orders.get();
        message.partition = partition;
        message.offset = offset;
        std::string_view topic;
        const bool admitted = owned.admit(message, topic);
        BOOST_TEST(topic == "orders");
        return admitted;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_record_comes_out_once_and_never_goes_back, messages_of_orders)
{
    owned.add({{{"orders", 0}, position::stored, {}}, {{"orders", 1}, 10, {}}});
    BOOST_TEST(admit(0, 5));
    BOOST_TEST(!admit(0, 5));
    BOOST_TEST(!admit(0, 4));
    BOOST_TEST(admit(0, 9), "offsets have gaps");
    BOOST_TEST(!admit(1, 9), "before where it was accepted");
    BOOST_TEST(admit(1, 10));
    BOOST_TEST(admit(0, 10));
    owned.find({"orders", 0})->next = 3;
    BOOST_TEST(admit(0, 3), "sought");
}

BOOST_FIXTURE_TEST_CASE(nothing_comes_out_of_what_is_not_owned_or_held, messages_of_orders)
{
    BOOST_TEST(!admit(0, 0));
    owned.add({{{"orders", 0}, position::stored, {}}});
    BOOST_TEST(admit(0, 0));
    owned.find({"orders", 0})->held = true;
    BOOST_TEST(!admit(0, 1));
    owned.find({"orders", 0})->held = false;
    BOOST_TEST(admit(0, 1));
    owned.remove({{"orders", 0}});
    BOOST_TEST(!admit(0, 2));
    owned.add({{{"orders", 0}, 1, {}}});
    BOOST_TEST(admit(0, 1), "a new assignment begins where it was accepted");
}
