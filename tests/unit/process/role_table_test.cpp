#include "sluice/process/role_table.hpp"
#include "sluice/process/environment.hpp"

#include "sluice/process/topology.hpp"
#include "sluice/process/usage_error.hpp"

#include <boost/describe.hpp>
#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

struct order {
    std::string customer_id;
    std::int32_t quantity = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (customer_id, quantity))
const topic placed{"order.placed", &order::customer_id, {.partitions = 12}};
const topic reserved{"inventory.reserved", &order::customer_id, {.partitions = 6}};
const topic rejected{"inventory.rejected", &order::customer_id, {.partitions = 6}};

awaitable<> nothing(role&)
{
    co_return;
}

std::vector<role_entry> orders()
{
    return {
        role_entry{"checkout", nothing, "Takes orders", writes{placed}, serves{8080, {"POST /checkout"}}},
        role_entry{"inventory", nothing, "Reserves stock", reads{"inventory-service", {placed}},
                   serves{8084, {"GET /stock/{sku}"}}, writes{reserved, rejected}},
    };
}

std::string mistake_in(std::vector<role_entry> table)
{
    try {
        check(table);
    } catch (const std::logic_error& bad) {
        return bad.what();
    }
    return "none";
}

std::string mistake_in(role_entry one, role_entry two)
{
    return mistake_in({std::move(one), std::move(two)});
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_role_may_send_what_it_declares_and_the_dead_letters_of_what_it_reads)
{
    const auto table = orders();
    const auto& inventory = table[1];
    BOOST_TEST(inventory.may_send("inventory.reserved"));
    BOOST_TEST(inventory.may_send("order.placed.inventory-service.dlt"));
    BOOST_TEST(!inventory.may_send("order.placed"));
    BOOST_TEST(!inventory.may_send("order.placed.other.dlt"));
    BOOST_TEST(inventory.input("order.placed", "inventory-service"));
    BOOST_TEST(inventory.input("order.placed", ""));
    BOOST_TEST(!inventory.input("order.placed", "inventory"));
    BOOST_TEST(!inventory.input("inventory.reserved", "inventory-service"));
}

BOOST_AUTO_TEST_CASE(a_group_without_a_name_is_called_as_the_role)
{
    const role_entry email{"email", nothing, "", reads{placed}};
    BOOST_TEST(email.inputs.front().group == "email");
    BOOST_TEST(email.may_send("order.placed.email.dlt"));
}

BOOST_AUTO_TEST_CASE(a_payload_written_by_hand_is_checked_and_gets_its_key)
{
    const auto topic = find_topic(orders(), "order.placed");
    const auto record = topic->make(R"({"quantity": 2, "customer_id": "c-7"})").value();
    BOOST_TEST(record.topic == "order.placed");
    BOOST_TEST(record.key.value() == "c-7");
    BOOST_TEST(record.value.value() == R"({"customer_id":"c-7","quantity":2})");
    BOOST_TEST(topic->make(R"({"customer_id": "c-7", "quantity": "2"})").error().message().starts_with("quantity: "));
    BOOST_TEST(!find_topic(orders(), "order.placed.inventory-service.dlt"));
}

BOOST_AUTO_TEST_CASE(mistakes_in_the_table_are_named)
{
    const topic other{"order.placed", &order::customer_id, {.partitions = 3}};
    const topic bad{"order placed", &order::customer_id};
    BOOST_TEST(mistake_in(orders()) == "none");
    BOOST_TEST(mistake_in({"Checkout", nothing, ""}, {"b", nothing, ""}) ==
               "the role table: \"Checkout\" is no name for a role (lower-case letters, digits and dashes)");
    BOOST_TEST(mistake_in({"a", nothing, ""}, {"a", nothing, ""}) == "the role table: there are two roles called a");
    BOOST_TEST(mistake_in({"a", nothing, "", serves{80, {}}}, {"b", nothing, "", serves{80, {}}}) ==
               "the role table: a and b both serve on port 80");
    BOOST_TEST(mistake_in({"a", nothing, "", serves{0, {}}}, {"b", nothing, "", serves{0, {}}}) == "none");
    BOOST_TEST(mistake_in({"a", nothing, "", writes{placed}}, {"b", nothing, "", writes{other}}) ==
               "the role table: the topic order.placed is declared twice, and differently");
    BOOST_TEST(mistake_in({"a", nothing, "", writes{bad}}, {"b", nothing, ""}) ==
               "the role table: a names a topic \"order placed\", which Kafka does not allow");
    BOOST_TEST(mistake_in({"a", nothing, "", reads{"g", {placed}}}, {"b", nothing, "", reads{"g", {placed}}}) ==
               "the role table: a and b both read order.placed as the group g");
    BOOST_TEST(mistake_in({"a", {}, ""}, {"b", nothing, ""}) == "the role table: the role a has nothing to run");
}

BOOST_AUTO_TEST_CASE(roles_are_chosen_by_name_and_a_wrong_name_gets_a_suggestion)
{
    const auto table = orders();
    const auto named = [&](std::vector<std::string> names) { return choose(table, names); };
    BOOST_TEST(named({}).size() == 2u);
    BOOST_TEST(named({"inventory", "inventory"}).size() == 1u);
    BOOST_CHECK_EXCEPTION(named({"inventroy"}), usage_error, [](const usage_error& bad) {
        return bad.what() == std::string{"there is no role `inventroy`; did you mean `inventory`?"};
    });
}

BOOST_AUTO_TEST_CASE(what_roles_need_is_each_topic_once_and_their_dead_letters)
{
    const auto table = orders();
    std::string list;
    for (const auto& topic : needed_topics(choose(table, {})))
        list += topic.name() + ' ' + std::to_string(topic.partitions()) +
                (topic.what == needed_topic::use::dead_letters ? " dead\n" : "\n");
    BOOST_TEST(list ==
               "inventory.rejected 6\n"
               "inventory.reserved 6\n"
               "order.placed 12\n"
               "order.placed.inventory-service.dlt 12 dead\n"
               "order.placed.inventory-service.retry.0s 12\n");
}

BOOST_AUTO_TEST_CASE(what_is_tried_again_after_delays_needs_a_topic_each_which_the_role_may_send_to)
{
    using namespace std::chrono_literals;
    const role_entry entry{"mail", nothing, "", reads{placed}.tried_again_after({30s, 5min})};
    const std::vector<role_entry> table{entry};
    std::string list;
    for (const auto& topic : needed_topics(choose(table, {})))
        if (topic.what == needed_topic::use::retries)
            list += topic.name() + ' ' + std::to_string(topic.partitions()) + ' ' +
                    topic.config().at("max.message.bytes") + '\n';
    BOOST_TEST(list ==
               "order.placed.mail.retry.0s 12 1114124\n"
               "order.placed.mail.retry.30s 12 1114124\n"
               "order.placed.mail.retry.5m 12 1114124\n");
    BOOST_TEST(entry.may_send("order.placed.mail.retry.30s"));
    BOOST_TEST(!entry.may_send("order.placed.mail.retry.31s"));
    BOOST_TEST(!entry.may_send("order.placed.mail.retry.0s"));
    BOOST_TEST(topology_mermaid(table).ends_with("    t_order_placed -->|mail<br/>again after 30s, 5m| r_mail\n"));
    BOOST_TEST(mistake_in({"a", nothing, "", reads{placed}.tried_again_after({0s})}, {"b", nothing, ""}) ==
               "the role table: a tries order.placed again after what is no whole number of milliseconds");
}

BOOST_AUTO_TEST_CASE(the_map_as_mermaid)
{
    BOOST_TEST(topology_mermaid(orders()) == R"(flowchart LR
    r_checkout["checkout"]
    h_checkout(["POST /checkout"]) --> r_checkout
    r_inventory["inventory"]
    h_inventory(["GET /stock/{sku}"]) --> r_inventory
    t_inventory_rejected[("inventory.rejected")]
    t_inventory_reserved[("inventory.reserved")]
    t_order_placed[("order.placed")]
    r_checkout --> t_order_placed
    r_inventory --> t_inventory_reserved
    r_inventory --> t_inventory_rejected
    t_order_placed -->|inventory-service| r_inventory
)");
}

BOOST_AUTO_TEST_CASE(the_map_as_json)
{
    const auto table = orders();
    const settings given{{.known = framework_settings(table), .flags = {{"inventory.http.port", "18084"}}}};
    BOOST_TEST(
        topology_json(table, given) ==
        R"({"roles":[{"name":"checkout","summary":"Takes orders","serves":{"port":8080,"routes":["POST /checkout"]},)"
        R"("reads":[],"writes":["order.placed"]},{"name":"inventory","summary":"Reserves stock",)"
        R"("serves":{"port":18084,"routes":["GET /stock/{sku}"]},)"
        R"("reads":[{"group":"inventory-service","topics":["order.placed"]}],)"
        R"("writes":["inventory.reserved","inventory.rejected"]}],"topics":[)"
        R"({"name":"inventory.rejected","partitions":6,"dead_letters":false,"retries":false},)"
        R"({"name":"inventory.reserved","partitions":6,"dead_letters":false,"retries":false},)"
        R"({"name":"order.placed","partitions":12,"dead_letters":false,"retries":false},)"
        R"({"name":"order.placed.inventory-service.dlt","partitions":12,"dead_letters":true,"retries":false},)"
        R"({"name":"order.placed.inventory-service.retry.0s","partitions":12,"dead_letters":false,"retries":true}]})");
}

BOOST_AUTO_TEST_CASE(the_map_as_asyncapi)
{
    const std::vector<role_entry> one{role_entry{"email", nothing, "Sends mail", reads{placed}}};
    BOOST_TEST(topology_asyncapi(one, "shop", "k:9092") ==
               R"({"asyncapi":"3.0.0","info":{"title":"shop","version":"1"},"defaultContentType":"application/json",)"
               R"("servers":{"kafka":{"host":"k:9092","protocol":"kafka"}},"channels":{)"
               R"("order.placed":{"address":"order.placed","servers":[{"$ref":"#/servers/kafka"}],)"
               R"("messages":{"record":{"contentType":"application/json"}},"bindings":{"kafka":)"
               R"({"topic":"order.placed","partitions":12,"bindingVersion":"0.5.0"}}},)"
               R"("order.placed.email.dlt":{"address":"order.placed.email.dlt","servers":[{"$ref":"#/servers/kafka"}],)"
               R"("messages":{"record":{"contentType":"application/json"}},"bindings":{"kafka":)"
               R"({"topic":"order.placed.email.dlt","partitions":12,"bindingVersion":"0.5.0"}}},)"
               R"("order.placed.email.retry.0s":{"address":"order.placed.email.retry.0s",)"
               R"("servers":[{"$ref":"#/servers/kafka"}],"messages":{"record":{"contentType":"application/json"}},)"
               R"("bindings":{"kafka":)"
               R"({"topic":"order.placed.email.retry.0s","partitions":12,"bindingVersion":"0.5.0"}}}},"operations":{)"
               R"("email.receive.order.placed":{"action":"receive","channel":{"$ref":"#/channels/order.placed"},)"
               R"("summary":"Sends mail","bindings":{"kafka":{"groupId":{"type":"string","enum":["email"]},)"
               R"("bindingVersion":"0.5.0"}}}}})");
}
