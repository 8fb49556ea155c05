#pragma once

#include "sluice/base/cancellation.hpp"
#include "sluice/base/offload.hpp"
#include "sluice/process/role_flow.hpp"
#include "sluice/process/role_table.hpp"
#include "sluice/process/settings.hpp"
#include "sluice/record/broker.hpp"
#include "sluice/record/deadline.hpp"
#include "sluice/telemetry/log.hpp"
#include "sluice/telemetry/metrics.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <typeindex>

namespace sluice {

namespace http {
class router;
}
namespace kafka {
class transactional_producer;
}
namespace store {
class sql_database;
struct sql_migrations;
}  // namespace store
namespace detail {
class shard;
}

/// What the body of a role sees of the process: one shard of the role. It outlives the body, and is used from the
/// shard's thread.
class role {
public:
    role(const role_entry& entry, detail::shard& where);
    role(const role&) = delete;
    role& operator=(const role&) = delete;
    ~role();

    [[nodiscard]] const std::string& name() const noexcept;
    [[nodiscard]] asio::any_io_executor executor() const;
    /// Cancelled with `shutdown` when the process is asked to end: stop taking work, finish what runs, return.
    [[nodiscard]] const cancellation_token& stop() const noexcept;
    /// Each line says which role it is.
    [[nodiscard]] const logger& log() const noexcept { return log_; }
    [[nodiscard]] metrics& numbers() const noexcept;
    /// The shard's pool for what would block the loop.
    [[nodiscard]] class offload& offload() const noexcept;
    [[nodiscard]] const sluice::settings& settings() const noexcept;
    /// Where the role keeps its files (setting `data.dir`); it exists.
    [[nodiscard]] std::filesystem::path data_dir() const;

    /// A database with these stores' tables: the SQLite file `<name>.db` in `data_dir`, which all roles and shards of
    /// the process share. Used from the shard's thread. Nothing is opened yet.
    [[nodiscard]] std::shared_ptr<store::sql_database> database(const std::string& name,
                                                                std::vector<store::sql_migrations> stores) const;

    /// The shard's producer. A topic that the role table does not let this role write is refused (`errc::invalid`).
    [[nodiscard]] sink& out() noexcept { return *out_; }

    /// Waits until the record is in the log, as `sink::send` does. It gets a new `sluice-id` unless it has one.
    awaitable<result<position>> send(outgoing what);
    template <class T>
    awaitable<result<position>> send(const topic<T>& to, const std::type_identity_t<T>& what, headers with = {})
    {
        auto record = to.make(what);
        record.headers = std::move(with);
        return send(std::move(record));
    }

    /// A header that gives a record so much time, on its whole way: see `context::deadline`.
    [[nodiscard]] header deadline_in(duration span) const;

    /// A subscription:
    ///     auto orders = self.flow(orders_placed, {.group = "inventory-service"}).dead_letter();
    ///     co_await orders.run(handler);
    /// in two statements: g++ 12 destroys an aggregate that is written inside a `co_await` twice. An empty group stands
    /// for the one of the role table; what the table does not declare is refused.
    template <class T>
    role_flow<T> flow(const topic<T>& from, flow_settings how = {})
    {
        return {*this, from, std::move(how)};
    }

    /// A subscription to several topics with one member of one group, and a handler for each:
    ///     auto all = self.flows({.group = "order-status"}).dead_letter();
    ///     all.on(orders_placed, placed).on(captured_payments, captured);
    ///     co_await all.run();
    role_flows flows(flow_settings how = {}) { return {*this, std::move(how)}; }

    /// Serves the routes on `http.address` and the role's port (setting `<role>.http.port`) until `stop`, then drains
    /// what is open. The routes must be those of the role table. The router outlives the wait.
    awaitable<> serve(const http::router& routes);

    /// One object for all shards of this role, made by whoever comes first; the others wait for it. It goes when
    /// every role has ended. `make` returns std::shared_ptr<T>, and may throw; T must stand being used from several
    /// threads.
    template <class T, class Make>
    std::shared_ptr<T> shared(Make make)
    {
        return std::static_pointer_cast<T>(shared(typeid(T), [&]() -> std::shared_ptr<void> { return make(); }));
    }

    /// What `flow(…).run(…)` and `flows(…).run()` do, without the payload's type.
    awaitable<> run(std::vector<topic_handler> handlers, flow_settings how);

private:
    void check_declared(const std::vector<topic_handler>& handlers, flow_settings& how) const;
    awaitable<> open(kafka::transactional_producer& producer);
    std::shared_ptr<void> shared(std::type_index type, const std::function<std::shared_ptr<void>()>& make);

    const role_entry& entry_;
    detail::shard& where_;
    logger log_;
    std::unique_ptr<sink> out_;
};

}  // namespace sluice
