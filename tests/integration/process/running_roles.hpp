#pragma once

#include "../kafka/obedient_member.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/http/client.hpp"
#include "sluice/process/role.hpp"
#include "sluice/process/runtime.hpp"
#include "sluice/testing/temporary_folder.hpp"
#include "sluice/testing/until.hpp"

/// Roles in this process, on an embedded broker, with every port chosen by the kernel.
class running_roles {
public:
    running_roles(sluice::asio::any_io_executor loop, std::vector<sluice::role_entry> table,
                  sluice::given_flags more = {}, std::vector<sluice::setting_declaration> declared = {})
        : table_{std::move(table)},
          process_{"test", table_, make(std::move(more), std::move(declared))},
          loop_{std::move(loop)}
    {
        process_.kafka = cluster.broker.client_settings();
        // The embedded broker lets a group that changes wait for so long; and it would take a member for dead that
        // waits longer than its session for the first three seconds of a group.
        process_.kafka.properties.insert({{"session.timeout.ms", "4000"}, {"heartbeat.interval.ms", "200"}});
        for (const auto& topic : sluice::needed_topics(sluice::choose(table_, {})))
            cluster.broker.create_topic(topic.name(), topic.partitions());
        roles.emplace(loop_, process_, sluice::choose(table_, {}));
    }

    /// Runs `body` once all roles are ready, then asks them to drain. Returns the exit status, or throws what a role
    /// failed with.
    template <class Body>
    sluice::awaitable<int> run(Body body)
    {
        int status = -1;
        const auto keep = [&]() -> sluice::awaitable<> { status = co_await roles->run(end.token()); };
        const auto both = [&](sluice::scope& beside) -> sluice::awaitable<> {
            beside.spawn(keep());
            co_await ready();
            co_await body();
            end.cancel(sluice::cancel_reason::shutdown);
        };
        co_await sluice::with_scope({}, both);
        co_return status;
    }

    /// Waits until all roles are ready.
    sluice::awaitable<> ready()
    {
        const auto all_are = [this] { return roles->not_ready().empty(); };
        co_await sluice::testing::until(all_are, "all roles are ready");
    }

    /// Runs roles that end by themselves.
    sluice::awaitable<int> run() { return roles->run(end.token()); }

    sluice::http::client client(const std::string& url)
    {
        const auto port = std::stoi(url.substr(url.rfind(':') + 1));
        return {loop_, {.port = static_cast<unsigned short>(port)}};
    }

    /// The first `count` records of a topic.
    sluice::awaitable<std::vector<sluice::record>> read(std::string topic, std::size_t count)
    {
        return cluster.read(std::move(topic), count);
    }

    /// Where roles keep their files.
    [[nodiscard]] std::filesystem::path data() const { return folder_ / "data"; }

    sluice::kafka::test_cluster cluster;
    sluice::cancellation end;

private:
    sluice::settings make(sluice::given_flags more, std::vector<sluice::setting_declaration> known)
    {
        for (const auto& role : table_)
            if (role.http) more.emplace_back(role.name + ".http.port", "0");
        more.insert(more.end(), {{"admin.listen", "127.0.0.1:0"}, {"log.level", "off"}, {"data.dir", data().string()}});
        std::ranges::move(sluice::framework_settings(table_), std::back_inserter(known));
        return sluice::settings{{.known = std::move(known), .flags = std::move(more)}};
    }

    std::vector<sluice::role_entry> table_;
    sluice::testing::temporary_folder folder_;
    sluice::environment process_;
    sluice::asio::any_io_executor loop_;

public:
    std::optional<sluice::runtime> roles;
};
