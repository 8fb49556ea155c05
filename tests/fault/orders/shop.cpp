#include "shop.hpp"

#include "sluice/testing/run_test.hpp"
#include "sluice/testing/until.hpp"
#include "variable.hpp"

#include <boost/json.hpp>

#include <csignal>
#include <fstream>
#include <iostream>

using namespace sluice;
using namespace std::chrono_literals;
namespace json = boost::json;
using testing::child_process;

namespace {

// What the contract says.
const std::map<std::string, std::vector<std::string>> groups{
    {"inventory-service", {"order.placed", "payment.declined"}},
    {"payment-service", {"inventory.reserved"}},
    {"email-service", {"order.placed"}},
    {"order-analytics", {"payment.captured"}},
    {"order-status",
     {"order.placed", "inventory.reserved", "inventory.rejected", "inventory.released", "payment.captured",
      "payment.declined", "email.sent"}},
};

// SKU-100 sells out.
const std::string stock = "SKU-001..SKU-099=10000,SKU-100=50";

constexpr std::size_t mails_at_once = 16;

struct role {
    std::string name;
    int processes;
    bool serves;
    std::vector<std::string> flags = {};
};
const std::vector<role> roles{
    {"checkout", 2, true},
    {"order-status", 1, false},
    {"inventory", 2, true, {"--inventory.stock", stock}},
    {"payment-provider",
     1,
     true,
     {"--provider.latency", "5ms", "--provider.failures", "0.02", "--provider.declines", "0.05"}},
    {"payment", 2, false},
    // What a killed one had begun to send is left to the next once the time limit is over.
    {"email",
     1,
     false,
     {"--email.tls", "none", "--email.timeout", "1s", "--email.connections", std::to_string(mails_at_once)}},
    {"order-analytics", 1, true},
};

const role& role_of(const shop::member& which)
{
    return *std::ranges::find(roles, which.role, &role::name);
}

std::string name_of(const shop::member& which)
{
    return which.role + "-" + std::to_string(which.number);
}

}  // namespace

shop::shop(asio::any_io_executor loop, settings what)
    : kafka{loop, {.folder = folder / "kafka"}},
      database{loop},
      loop_{std::move(loop)},
      what_{std::move(what)},
      done_{loop_, folder}
{
    for (const auto& one : roles)
        for (int number = 1; number <= one.processes; ++number)
            members_.push_back({one.name, number, one.serves ? testing::free_port() : static_cast<unsigned short>(0)});
}

child_process::settings shop::command_of(const member& which) const
{
    const auto& role = role_of(which);
    const bool outside = role.name == "payment-provider";
    child_process::settings what;
    what.output = folder / (name_of(which) + ".log");
    const auto data = folder / (outside ? "provider" : "data");
    what.command = {variable("TEST_APPS"),
                    "run",
                    role.name,
                    "--admin.listen",
                    "off",
                    "--data.dir",
                    data.string(),
                    "--kafka.bootstrap.servers",
                    kafka.bootstrap_servers(),
                    "--kafka.session.timeout.ms",
                    std::to_string(session / 1ms),
                    "--kafka.heartbeat.interval.ms",
                    "500"};
    const auto add = [&](const std::vector<std::string>& flags) {
        what.command.insert(what.command.end(), flags.begin(), flags.end());
    };
    if (role.serves) add({"--" + role.name + ".http.port", std::to_string(which.port)});
    if (!outside) add({"--postgres.url", database.url()});
    if (role.name == "payment")
        add({"--payment.provider", "http://127.0.0.1:" + std::to_string(ports_of("payment-provider").front())});
    if (role.name == "email") add({"--email.smtp", mail_server_url_});
    add(role.flags);
    return what;
}

void shop::start(member& which)
{
    which.process = std::make_unique<child_process>(loop_, command_of(which));
}

awaitable<> shop::start_mail_server()
{
    const std::string listening = "listening on ";
    child_process::settings what;
    what.command = {"/usr/bin/python3", "-u", variable("TEST_MAIL_SERVER"), (folder / "mails.jsonl").string()};
    what.output = folder / "mail-server.log";
    mail_server_ = std::make_unique<child_process>(loop_, std::move(what));
    const auto line = co_await mail_server_->says(listening);
    mail_server_url_ = "smtp://127.0.0.1:" + line.substr(line.find(listening) + listening.size());
}

awaitable<> shop::open()
{
    co_await kafka.start();
    co_await database.start();
    co_await start_mail_server();
    for (auto& one : members_) start(one);
    for (auto& one : members_)
        if (role_of(one).serves) co_await one.process->says("serving on http://");
}

awaitable<> shop::close()
{
    for (auto& one : members_) co_await stop(one);
    co_await database.stop();
    co_await kafka.discard();
}

awaitable<> shop::kill(member& which)
{
    which.process->signal(SIGKILL);
    const int status = co_await which.process->wait();
    BOOST_TEST(status == 128 + SIGKILL, name_of(which) << " had ended by itself, with status " << status);
    done_.count(which.role + " kills");
    if (which.role == "email") mails_begun_ += mails_at_once;
    start(which);
}

awaitable<> shop::stop(member& which)
{
    const int status = co_await which.process->stop(30s);
    const bool well = status == 0 || (!what_.faultless && status == 3);
    BOOST_TEST(well, name_of(which) << " ended with status " << status);
    done_.count(status == 0 ? "clean stops" : "stops with something left");
}

awaitable<> shop::kill_database()
{
    co_await database.kill();
    done_.count("database kills");
}

std::vector<shop::member*> shop::of_role(const std::string& role)
{
    std::vector<member*> all;
    for (auto& one : members_)
        if (one.role == role) all.push_back(&one);
    return all;
}

std::vector<unsigned short> shop::ports_of(const std::string& role) const
{
    std::vector<unsigned short> all;
    for (const auto& one : members_)
        if (one.role == role) all.push_back(one.port);
    return all;
}

awaitable<std::map<std::string, std::int64_t>> shop::lags()
{
    kafka::admin admin{{.properties = {{"bootstrap.servers", kafka.bootstrap_servers()}}}, blocking_, {}};
    std::map<std::string, std::int64_t> all;
    for (const auto& [group, topics] : groups) {
        const auto found = co_await admin.lag(group, topics);
        BOOST_REQUIRE_MESSAGE(found.has_value(), group << ": " << found.error().message());
        for (const auto& one : *found) all[group] += one.lag;
    }
    co_return all;
}

awaitable<> shop::until_current(std::int64_t most, duration limit)
{
    const auto& time = clock::of(loop_);
    const auto start = time.now();
    std::string behind;
    const auto are_current = [&]() -> awaitable<bool> {
        const auto lag = co_await lags();
        behind.clear();
        for (const auto& [group, records] : lag)
            if (records > most) behind += " " + group + " " + std::to_string(records);
        co_return behind.empty();
    };
    try {
        co_await testing::until(are_current, "no group is behind", limit);
    } catch (const testing::test_failure&) {
        BOOST_ERROR("still behind:" << behind);
        throw;
    }
    std::cout << "no group is behind by more than " << most << " after " << (time.now() - start) / 1ms << " ms"
              << std::endl;
}

// One group's work is another's input, so all of them are asked twice: payment has nothing left after the first time.
awaitable<> shop::until_settled(duration limit)
{
    co_await until_current(0, limit);
    co_await until_current(0, limit);
}

awaitable<> shop::judge()
{
    json::object ports;
    for (const auto& one : roles)
        if (one.serves) ports[one.name] = ports_of(one.name).front();
    const json::object what{{"bootstrap", kafka.bootstrap_servers()},
                            {"ports", std::move(ports)},
                            {"stock", stock},
                            {"faultless", what_.faultless},
                            {"mails_begun", mails_begun_}};
    std::ofstream{folder / "shop.json"} << json::serialize(what);
    co_await done_.judge("check_orders.py");
}
