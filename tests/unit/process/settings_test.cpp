#include "sluice/process/settings.hpp"

#include "sluice/process/arguments.hpp"
#include "sluice/process/usage_error.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

const std::vector<setting_declaration> known{
    {"config", "", "a file"},          {"drain", "10s", "how long"},
    {"shards", "1", "how many"},       {"http.address", "127.0.0.1", "where"},
    {"smtp.password", "", "the door"}, {"kafka.bootstrap.servers", "localhost:9092", "brokers"},
};

struct file {
    std::string name =
        (std::filesystem::temp_directory_path() / ("sluice-settings-" + std::to_string(::getpid()) + ".ini")).string();
    explicit file(const std::string& text) { std::ofstream{name} << text; }
    ~file() { std::filesystem::remove(name); }
};

template <class Call>
std::string refusal(Call call)
{
    try {
        call();
    } catch (const usage_error& bad) {
        return bad.what();
    }
    return "accepted";
}

std::string refusal_of(settings::sources from)
{
    from.known = known;
    return refusal([&] { settings{from}; });
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_flag_beats_the_environment_beats_the_file_beats_the_default)
{
    const file ini{
        "drain = 1s\nshards = 2\n[http]\naddress = 0.0.0.0\n[kafka]\nbootstrap.servers = f:1\nlinger.ms = 3\n"};
    const settings all{{.known = known,
                        .flags = {{"config", ini.name}, {"drain", "3s"}},
                        .environment = {{"SLUICE_DRAIN", "2s"}, {"SLUICE_SHARDS", "4"}, {"HOME", "/"}}}};
    BOOST_TEST((all.get<duration>("drain") == 3s));
    BOOST_TEST(all.get<std::int32_t>("shards") == 4);
    BOOST_TEST(all.get<std::string>("http.address") == "0.0.0.0");
    BOOST_TEST(all.get<std::string>("smtp.password").empty());
    const auto kafka = all.under("kafka.");
    BOOST_TEST(kafka.size() == 2u);
    BOOST_TEST(kafka.at("linger.ms").text == "3");
    std::map<std::string, std::string> from;
    for (const auto& one : all.all()) from[one.key] = one.from;
    BOOST_TEST(from["drain"] == "--drain");
    BOOST_TEST(from["shards"] == "SLUICE_SHARDS");
    BOOST_TEST(from["http.address"] == ini.name);
    BOOST_TEST(from["smtp.password"] == "default");
}

BOOST_AUTO_TEST_CASE(any_key_under_kafka_may_be_given_anywhere)
{
    const settings all{
        {.known = known,
         .flags = {{"kafka.linger.ms", "5"}},
         .environment = {{"SLUICE_KAFKA_FETCH_WAIT_MAX_MS", "7"}, {"SLUICE_KAFKA_BOOTSTRAP_SERVERS", "e:1"}}}};
    const auto kafka = all.under("kafka.");
    BOOST_TEST(kafka.at("linger.ms").from == "--kafka.linger.ms");
    BOOST_TEST(kafka.at("fetch.wait.max.ms").text == "7");
    BOOST_TEST(kafka.at("bootstrap.servers").text == "e:1");
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_refused_with_the_nearest_one)
{
    BOOST_TEST(refusal_of({.flags = {{"kafak.bootstrap.servers", "x"}}}) ==
               "unknown setting `kafak.bootstrap.servers` (from --kafak.bootstrap.servers); did you mean "
               "`kafka.bootstrap.servers`?");
    BOOST_TEST(refusal_of({.environment = {{"SLUICE_SHARD", "x"}}}) ==
               "unknown setting `shard` (from SLUICE_SHARD); did you mean `shards`?");
    BOOST_TEST(refusal_of({.flags = {{"drian", std::nullopt}}}) ==
               "unknown setting `drian` (from --drian); did you mean `drain`?");
    BOOST_TEST(refusal_of({.flags = {{"drain", std::nullopt}}}) == "--drain needs a value");
    BOOST_TEST(refusal_of({.flags = {{"colour", "x"}}}) == "unknown setting `colour` (from --colour)");
    const file ini{"[http]\nadress = x\n"};
    BOOST_TEST(refusal_of({.flags = {{"config", ini.name}}}) ==
               "unknown setting `http.adress` (from " + ini.name + "); did you mean `http.address`?");
}

BOOST_AUTO_TEST_CASE(variables_that_kubernetes_sets_for_a_service_called_sluice_are_none_of_ours)
{
    BOOST_TEST(refusal_of({.environment = {{"SLUICE_SERVICE_HOST", "10.0.0.1"},
                                           {"SLUICE_PORT", "tcp://10.0.0.1:80"},
                                           {"SLUICE_PORT_80_TCP_ADDR", "10.0.0.1"}}}) == "accepted");
    BOOST_TEST(refusal_of({.environment = {{"SLUICE_PORT", "80"}}}) == "unknown setting `port` (from SLUICE_PORT)");
}

BOOST_AUTO_TEST_CASE(an_option_of_a_command_is_only_a_flag)
{
    const std::vector<setting_declaration> options{{"header", "", "", setting_declaration::kind::list}};
    const settings all{{.known = known, .options = options, .flags = {{"header", "a=1"}, {"header", "b=2"}}}};
    BOOST_TEST(all.list("header") == (std::vector<std::string>{"a=1", "b=2"}), boost::test_tools::per_element());
    BOOST_TEST(refusal_of({.options = options, .environment = {{"SLUICE_HEADER", "a=1"}}}) ==
               "unknown setting `header` (from SLUICE_HEADER)");
    BOOST_TEST(refusal_of({.flags = {{"drain", "1s"}, {"drain", "2s"}}}) == "--drain is given twice");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_named_with_its_line)
{
    BOOST_TEST(refusal_of({.flags = {{"config", "/nowhere.ini"}}}) == "config: /nowhere.ini: cannot open file");
    const file ini{"drain = 1s\nnonsense\n"};
    BOOST_TEST(refusal_of({.environment = {{"SLUICE_CONFIG", ini.name}}}) ==
               "config: " + ini.name + " line 2: '=' character not found in line");
}

BOOST_AUTO_TEST_CASE(a_bad_value_names_key_value_source_and_what_was_expected)
{
    const auto with = [](const char* key, const char* text) {
        return settings{{.known = known, .flags = {{key, text}}}};
    };
    BOOST_TEST(refusal([&] { (void)with("drain", "soon").get<duration>("drain"); }) ==
               "drain: expected a duration such as 250ms, 30s, 2m or 1h, found \"soon\" (from --drain)");
    BOOST_TEST(refusal([&] { (void)with("shards", "0").integer("shards", 1, 256); }) ==
               "shards: expected a whole number from 1 to 256, found \"0\" (from --shards)");
    BOOST_TEST(refusal([&] { (void)with("shards", "2x").integer("shards", 1); }) ==
               "shards: expected a whole number, at least 1, found \"2x\" (from --shards)");
    BOOST_TEST(with("shards", "0.25").number("shards", 0, 1) == 0.25);
    BOOST_TEST(with("shards", "1").number("shards", 0, 1) == 1.0);
    for (const std::string bad : {"", "1.1", "-0.1", "nan", "inf", "0.5x", "1e-1", " 0", "30%"})
        BOOST_TEST(refusal([&] { (void)with("shards", bad.c_str()).number("shards", 0, 1); }) ==
                   "shards: expected a number from 0 to 1, found \"" + bad + "\" (from --shards)");
    BOOST_TEST(refusal([&] { (void)with("shards", "65536").get<std::uint16_t>("shards"); }) ==
               "shards: expected a port from 0 to 65535, found \"65536\" (from --shards)");
    BOOST_TEST(refusal([&] { (void)with("shards", "yes").get<bool>("shards"); }) ==
               "shards: expected true or false, found \"yes\" (from --shards)");
    BOOST_TEST(refusal([&] { (void)with("smtp.password", "hunter2").get<bool>("smtp.password"); }) ==
               "smtp.password: expected true or false, found a secret (from --smtp.password)");
    BOOST_CHECK_THROW((void)with("shards", "1").get<bool>("nobody"), std::logic_error);
}

namespace {
const std::pair<const char*, std::optional<std::int64_t>> durations[] = {
    {"250ms", 250},
    {"30s", 30'000},
    {"2m", 120'000},
    {"1h", 3'600'000},
    {"0s", 0},
    {"", std::nullopt},
    {"30", std::nullopt},
    {"s", std::nullopt},
    {"-1s", std::nullopt},
    {"1.5s", std::nullopt},
    {"1s ", std::nullopt},
    {"1S", std::nullopt},
    {"99999999999999999999s", std::nullopt},
    {"9999999999h", std::nullopt},
};
const std::pair<const char*, std::optional<std::uint64_t>> sizes[] = {
    {"512", 512},      {"64KiB", 65536},      {"5MB", 5'000'000},
    {"1GiB", 1 << 30}, {"1kb", std::nullopt}, {"99999999999GiB", std::nullopt},
};
}  // namespace

BOOST_AUTO_TEST_CASE(durations_and_sizes_have_units_and_bounds)
{
    const auto of = [](const char* text) { return settings{{.known = {{"x", text, ""}}}}; };
    for (const auto& [text, ms] : durations) {
        BOOST_TEST_CONTEXT(text)
        {
            if (ms)
                BOOST_TEST((of(text).get<duration>("x") == std::chrono::milliseconds{*ms}));
            else
                BOOST_CHECK_THROW((void)of(text).get<duration>("x"), usage_error);
        }
    }
    for (const auto& [text, bytes] : sizes) {
        BOOST_TEST_CONTEXT(text)
        {
            if (bytes)
                BOOST_TEST(of(text).get<byte_size>("x").bytes == *bytes);
            else
                BOOST_CHECK_THROW((void)of(text).get<byte_size>("x"), usage_error);
        }
    }
}

BOOST_AUTO_TEST_CASE(secrets_are_hidden_where_settings_are_shown)
{
    const settings all{
        {.known = known,
         .flags = {{"smtp.password", "hunter2"}, {"kafka.sasl.password", "hunter3"}, {"kafka.ssl.key.pem", "k"}}}};
    for (const auto& one : all.all()) {
        BOOST_TEST(one.text.find("hunter") == std::string::npos);
        if (one.key == "kafka.ssl.key.pem") BOOST_TEST(one.text == "(secret)");
    }
    BOOST_TEST(all.get<std::string>("smtp.password") == "hunter2");
}

BOOST_AUTO_TEST_CASE(a_declaration_with_a_check_is_told_when_settings_are_read)
{
    using kind = setting_declaration::kind;
    const std::vector<setting_declaration> checked{{"wait", "10s", "", kind::value, is<duration>}};
    BOOST_CHECK_NO_THROW(settings{{.known = checked}});
    BOOST_CHECK_NO_THROW((settings{{.known = checked, .flags = {{"wait", "3m"}}}}));
    BOOST_CHECK_THROW((settings{{.known = checked, .flags = {{"wait", "soon"}}}}), usage_error);
    BOOST_CHECK_THROW((settings{{.known = checked, .environment = {{"SLUICE_WAIT", "soon"}}}}), usage_error);
}
