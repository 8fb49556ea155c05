#include "sluice/kafka/settings.hpp"

#include "sluice/kafka/detail/configuration.hpp"
#include "sluice/kafka/detail/version.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>

using namespace sluice;
using kafka::detail::client_kind;

namespace {

std::string property(const kafka::settings& from, client_kind kind, const char* name, const kafka::properties& own = {})
{
    const auto conf = kafka::detail::make_configuration(from, kind, own).value();
    std::array<char, 256> value{};
    std::size_t size = value.size();
    if (rd_kafka_conf_get(conf.get(), name, value.data(), &size) != RD_KAFKA_CONF_OK) return "(unset)";
    return value.data();
}

struct rejected {
    const char* name;
    const char* value;
    const char* words;

    friend std::ostream& operator<<(std::ostream& out, const rejected& what) { return out << what.name; }
};

const rejected mistakes[] = {
    {"bootstrap.server", "a:9092", "did you mean `bootstrap.servers`?"},
    {"sesion.timeout.ms", "1000", "did you mean `session.timeout.ms`?"},
    {"complete.nonsense.from.nowhere", "1", "unknown Kafka property `complete.nonsense.from.nowhere`"},
    {"session.timeout.ms", "soon", "`session.timeout.ms` = \"soon\": "},
    {"compression.type", "brotli", "`compression.type` = \"brotli\": "},
    {"message.max.bytes", "7", "range"},
    {"enable.auto.commit", "true", "committed only when its record is handled"},
    {"auto.commit.enable", "true", "committed only when its record is handled"},
    {"enable.auto.offset.store", "true", "committed only when its record is handled"},
    {"isolation.level", "read_uncommitted", "never handled"},
    {"acks", "1", "every in-sync replica"},
    {"request.required.acks", "0", "every in-sync replica"},
    {"enable.idempotence", "false", "never makes two records"},
    {"delivery.report.only.error", "true", "waits for its report"},
    {"queuing.strategy", "lifo", "in order"},
    {"group.id", "mine", "each flow names its own group"},
    {"transactional.id", "mine", "each exactly-once flow"},
    {"log_cb", "x", "`log_cb`"},
};

const char* const secrets[] = {"sasl.password",
                               "ssl.key.password",
                               "ssl.keystore.password",
                               "ssl.key.pem",
                               "sasl.oauthbearer.client.secret",
                               "sasl.oauthbearer.config",
                               "ssl.certificate.pem"};

}  // namespace

BOOST_DATA_TEST_CASE(a_bad_property_is_named_with_its_reason, boost::unit_test::data::make(mistakes), mistake)
{
    const auto checked = kafka::settings{.properties = {{mistake.name, mistake.value}}}.validate();
    BOOST_REQUIRE(checked.has_error());
    BOOST_TEST((checked.error() == errc::invalid));
    BOOST_TEST(checked.error().message().find(mistake.words) != std::string::npos, checked.error().message());
    for (const auto kind : {client_kind::producer, client_kind::consumer, client_kind::admin}) {
        const kafka::settings from{.properties = {{mistake.name, mistake.value}}};
        const auto made = kafka::detail::make_configuration(from, kind);
        // A value is judged by the clients that use it; a name and a reservation by all.
        if (made.has_error()) BOOST_TEST(made.error().message() == checked.error().message());
    }
}

BOOST_AUTO_TEST_CASE(what_is_reserved_may_be_said_as_it_is)
{
    const kafka::settings same{.properties = {{"enable.auto.commit", "false"},
                                              {"enable.auto.offset.store", "false"},
                                              {"isolation.level", "read_committed"},
                                              {"acks", "-1"},
                                              {"request.required.acks", "all"},
                                              {"enable.idempotence", "true"}}};
    BOOST_TEST(same.validate().has_value());
    BOOST_TEST(kafka::detail::make_configuration(same, client_kind::producer).has_value());
    BOOST_TEST(kafka::detail::make_configuration(same, client_kind::consumer).has_value());
}

BOOST_AUTO_TEST_CASE(each_kind_of_client_takes_its_own_properties)
{
    const kafka::settings both{
        .properties = {{"client.id", "mine"}, {"compression.type", "zstd"}, {"max.poll.interval.ms", "77000"}}};
    BOOST_TEST(both.validate().has_value());
    BOOST_TEST(property(both, client_kind::producer, "client.id") == "mine");
    BOOST_TEST(property(both, client_kind::producer, "compression.codec") == "zstd");
    BOOST_TEST(property(both, client_kind::producer, "max.poll.interval.ms") == "300000");
    BOOST_TEST(property(both, client_kind::consumer, "client.id") == "mine");
    BOOST_TEST(property(both, client_kind::consumer, "max.poll.interval.ms") == "77000");
    BOOST_TEST(property(both, client_kind::consumer, "compression.codec") == "none");
    BOOST_TEST(property(both, client_kind::admin, "max.poll.interval.ms") == "300000");
}

BOOST_AUTO_TEST_CASE(the_defaults_are_those_of_the_promises)
{
    const kafka::settings none;
    BOOST_TEST(property(none, client_kind::producer, "acks") == "-1");
    BOOST_TEST(property(none, client_kind::producer, "enable.idempotence") == "true");
    BOOST_TEST(property(none, client_kind::producer, "partitioner") == "murmur2_random");
    BOOST_TEST(property(none, client_kind::producer, "linger.ms") == "0");
    BOOST_TEST(property(none, client_kind::producer, "message.timeout.ms") == "30000");
    BOOST_TEST(property(none, client_kind::consumer, "enable.auto.commit") == "false");
    BOOST_TEST(property(none, client_kind::consumer, "enable.auto.offset.store") == "false");
    BOOST_TEST(property(none, client_kind::consumer, "isolation.level") == "read_committed");
    BOOST_TEST(property(none, client_kind::consumer, "auto.offset.reset") == "smallest");  // librdkafka's "earliest"
    BOOST_TEST(property(none, client_kind::consumer, "socket.nagle.disable") == "true");
}

BOOST_AUTO_TEST_CASE(the_assignment_is_eager_where_a_cooperative_one_can_lose_it)
{
    const char* const strategy = "partition.assignment.strategy";
    const std::string by_version = kafka::detail::cooperative_is_safe() ? "cooperative-sticky" : "range,roundrobin";
    BOOST_TEST(property({}, client_kind::consumer, strategy) == by_version);
    BOOST_TEST(property({.properties = {}, .embedded = true}, client_kind::consumer, strategy) == "cooperative-sticky");
    const kafka::settings chosen{.properties = {{strategy, "roundrobin"}}, .embedded = true};
    BOOST_TEST(property(chosen, client_kind::consumer, strategy) == "roundrobin");
}

BOOST_AUTO_TEST_CASE(what_a_client_says_of_itself_wins)
{
    const kafka::settings users{.properties = {{"message.timeout.ms", "9000"}}};
    BOOST_TEST(property(users, client_kind::producer, "message.timeout.ms") == "9000");
    BOOST_TEST(property(users, client_kind::producer, "message.timeout.ms", {{"message.timeout.ms", "5"}}) == "5");
    BOOST_TEST(property({}, client_kind::consumer, "group.id", {{"group.id", "stock"}}) == "stock");
}

BOOST_DATA_TEST_CASE(a_secret_is_never_shown, boost::unit_test::data::make(secrets), name)
{
    const kafka::settings some{.properties = {{name, "hunter2"}, {"client.id", "mine"}}};
    BOOST_TEST(some.redacted().at(name) == "(secret)");
    BOOST_TEST(some.redacted().at("client.id") == "mine");
    const auto checked = some.validate();
    if (checked.has_error()) BOOST_TEST(checked.error().message().find("hunter2") == std::string::npos);
    const kafka::settings misspelt{.properties = {{std::string{name} + "s", "hunter2"}}};
    BOOST_REQUIRE(misspelt.validate().has_error());
    BOOST_TEST(misspelt.validate().error().message().find("hunter2") == std::string::npos);
}
