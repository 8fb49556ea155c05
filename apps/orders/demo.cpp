#include "orders/demo.hpp"

#include "orders/demo_books.hpp"
#include "orders/demo_load.hpp"
#include "orders/demo_table.hpp"
#include "orders/demo_watch.hpp"
#include "orders/events.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/kafka/admin.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/process/demo.hpp"

#include <spdlog/fmt/fmt.h>

#include <unistd.h>

#include <algorithm>

namespace orders {

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr duration settling = 60s;  // for what is under way when the load ends

struct reading_group {
    std::string name;
    std::vector<std::string> topics;
};

std::vector<reading_group> groups()
{
    return {{"inventory-service", {orders_placed.name(), declined_payments.name()}},
            {"payment-service", {inventory_reserved.name()}},
            {"email-service", {orders_placed.name()}},
            {"order-analytics", {captured_payments.name()}},
            {"order-status",
             {orders_placed.name(), inventory_reserved.name(), inventory_rejected.name(), inventory_released.name(),
              captured_payments.name(), declined_payments.name(), sent_emails.name()}}};
}

std::vector<std::string> names_in(const quantities& stock)
{
    std::vector<std::string> names;
    for (const auto& [sku, quantity] : stock) names.push_back(sku);
    return names;
}

// What a customer sees of the whole: the load, the ends of the orders, and the books between them.
class order_demo {
public:
    explicit order_demo(demo& self) : self_{self}, time_{clock::of(self.executor)} {}

    awaitable<> run()
    {
        show_addresses();
        co_await books_.begin();
        const auto body = [this](scope& all) -> awaitable<> {
            all.spawn(watch_.run());
            co_await watch_.ready(self_.stop);
            start_ = time_.now();
            all.spawn(show());
            all.spawn(follow());
            co_await load_.run(self_.rate, self_.length, self_.stop);
            doing_ = "waiting for what is in flight";
            co_await settle();
            finished_.cancel(cancel_reason::shutdown);
            watch_.end();
        };
        co_await with_scope({}, body);
        co_await producer_.close(time_.now() + 5s);
        give_verdict();
    }

private:
    // Until every book says the same, or for so long at most.
    awaitable<> settle()
    {
        for (const auto limit = time_.now() + settling; time_.now() < limit; co_await sleep_for(100ms)) {
            if (tally_.in_flight() > 0 || tally_.unconfirmed() > 0) continue;
            doing_ = "comparing the books";
            if (const auto now = co_await books_.sums()) sums_ = *now;
            co_await ask_where_they_stand(limit);
            verdict_ = judge(tally_, sums_, unsettled_);
            if (verdict_.ok) co_return;
        }
        verdict_ = judge(tally_, sums_, unsettled_);
    }

    awaitable<> ask_where_they_stand(time_point limit)
    {
        constexpr std::size_t at_once = 16;
        const auto all = tally_.accepted_orders();
        unsettled_ = 0;
        std::size_t next = 0;
        const auto ask = [&]() -> awaitable<> {
            while (next < all.size() && time_.now() < limit) {
                const auto state = co_await books_.state_of(all[next++]);
                if (state != "paid" && state != "rejected" && state != "released") ++unsettled_;
            }
        };
        const auto ask_together = [&](scope& together) -> awaitable<> {
            for (std::size_t each = 0; each < at_once; ++each) together.spawn(ask());
            co_return;
        };
        co_await with_scope({}, ask_together);
        unsettled_ += all.size() - next;
    }

    awaitable<> show()
    {
        const bool terminal = isatty(STDOUT_FILENO);
        for (bool first = true; !finished_.token().cancelled(); first = false) {
            if (terminal)
                self_.print(table(tally_, view(), !first));
            else if (!first)
                self_.print(line(tally_, view()));
            co_await pause(terminal ? 500ms : 5'000ms);
        }
        if (terminal) self_.print(table(tally_, view(), true));
    }

    // What has to be asked for: revenue, and how far each group is behind.
    awaitable<> follow()
    {
        while (!finished_.token().cancelled()) {
            if (const auto revenue = co_await books_.revenue()) view_.revenue = *revenue;
            std::vector<std::pair<std::string, std::int64_t>> lags;
            for (const auto& group : groups()) {
                const auto partitions = co_await admin_.lag(group.name, group.topics);
                if (!partitions) continue;
                std::int64_t lag = 0;
                for (const auto& one : *partitions) lag += one.lag;
                lags.emplace_back(group.name, lag);
            }
            view_.lags = std::move(lags);
            co_await pause(500ms);
        }
    }

    // Until the end of the demo at most.
    awaitable<> pause(duration span)
    {
        if (!finished_.token().cancelled()) co_await ended_.wait_until(time_.now() + span);
    }

    demo_view view()
    {
        const metric_labels payment{{"group", "payment-service"}, {"handler", "payment"}};
        const auto passed = std::chrono::duration_cast<std::chrono::seconds>(time_.now() - start_).count();
        auto now = view_;
        now.phase = fmt::format("{} s, {}", passed, doing_);
        now.retries = self_.numbers.counter("sluice_retries_total", "", payment).Value();
        now.openings = self_.numbers.counter("sluice_breaker_openings_total", "", payment).Value();
        now.open = self_.numbers.gauge("sluice_breaker_open", "", payment).Value() > 0;
        return now;
    }

    void show_addresses() const
    {
        self_.print(fmt::format("{} orders a second, for {} s. Ctrl-C ends it. Revenue as it comes in: {}/", self_.rate,
                                std::chrono::duration_cast<std::chrono::seconds>(self_.length).count(),
                                self_.urls.at("order-analytics")));
        self_.print("Try, in another terminal:");
        self_.print("  curl -i " + self_.urls.at("checkout") +
                    R"(/checkout -H 'Content-Type: application/json' -H 'X-Customer-ID: me' )"
                    R"(-d '{"items":[{"product_id":"SKU-001","quantity":2,"price":29.99}]}')");
        self_.print("  curl " + self_.urls.at("checkout") + "/orders/…        where it stands, by its order_id");
        self_.print("  curl " + self_.urls.at("inventory") + "/stock/SKU-001");
        self_.print("  curl " + self_.urls.at("order-analytics") + "/analytics/orders");
        if (!self_.admin_url.empty()) self_.print("  curl " + self_.admin_url + "/metrics");
        self_.print("");
    }

    void give_verdict()
    {
        self_.print(to_json(verdict_));
        const bool ended_at_once = verdict_.accepted == 0 && self_.stop.cancelled();
        if (verdict_.accepted == 0 && !ended_at_once) self_.log.error("no order was accepted");
        self_.exit_status = verdict_.ok || ended_at_once ? 0 : 1;
    }

    demo& self_;
    sluice::clock& time_;
    cancellation finished_;
    offload pool_;
    const quantities stock_ = parse_stock(self_.settings.get<std::string>("inventory.stock")).value();
    demo_books books_{self_.executor, self_.urls, names_in(stock_)};
    kafka::producer producer_{self_.executor, self_.kafka, {}, pool_, self_.log};
    kafka::admin admin_{self_.kafka, pool_, self_.log};
    demo_tally tally_;
    demo_watch watch_{self_, pool_, producer_, tally_};
    http::client checkout_{self_.executor, client_of(self_.urls.at("checkout"))};
    demo_load load_{checkout_, producer_, stock_, tally_};

    time_point start_{};
    const char* doing_ = "placing orders";
    demo_view view_;
    demo_sums sums_;
    std::uint64_t unsettled_ = 0;
    demo_verdict verdict_;
    wait_queue ended_;
    on_cancel wake_{finished_.token(), [this](cancel_reason) { ended_.wake_all(); }};
};

}  // namespace

awaitable<> run_demo(demo& self)
{
    order_demo running{self};
    co_await running.run();
}

}  // namespace orders
