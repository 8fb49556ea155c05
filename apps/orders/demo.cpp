#include "orders/demo.hpp"

#include "orders/demo_load.hpp"
#include "orders/demo_tally.hpp"
#include "orders/events.hpp"
#include "sluice/base/offload.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/flow/flow.hpp"
#include "sluice/kafka/admin.hpp"
#include "sluice/kafka/consumer.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/process/demo.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <unistd.h>

namespace orders {

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr auto dead_letters = "order.placed.inventory-service.dlt";
constexpr duration settling = 30s;  // for what is under way when the load ends

http::client_settings client_of(const std::string& url)
{
    const auto where = boost::urls::parse_uri(url).value();
    return {.host = std::string{where.host()}, .port = where.port_number(), .time_limit = 20s};
}

kafka::consumer_settings ends_of_orders(const std::string& group)
{
    return {.group = group, .topics = {inventory_reserved.name(), inventory_rejected.name(), dead_letters}};
}

std::string milliseconds(duration span)
{
    return fmt::format("{:.1f} ms", std::chrono::duration<double, std::milli>{span}.count());
}

// What a customer sees of the whole: the load, the ends of the orders, and the books between them.
class order_demo {
public:
    explicit order_demo(demo& self)
        : self_{self},
          time_{clock::of(self.executor)},
          checkout_{self.executor, client_of(self.urls.at("checkout"))},
          producer_{self.executor, self.kafka, {}, pool_, self.log},
          ends_{self.executor, self.kafka, ends_of_orders(group_), pool_, self.log},
          watching_{ends_,
                    producer_,
                    {.group = group_},
                    {.log = self.log, .numbers = self.numbers, .time = time_, .stop = finished_.token()}},
          load_{checkout_, producer_, stock_, tally_}
    {
    }

    awaitable<> run()
    {
        show_addresses();
        const auto body = [this](scope& all) -> awaitable<> {
            all.spawn(watch());
            co_await watched();
            start_ = time_.now();
            all.spawn(show());
            all.spawn(follow_lag());
            co_await load_.run(self_.rate, self_.length, self_.stop);
            loaded_ = true;
            co_await settle();
            finished_.cancel(cancel_reason::shutdown);
        };
        co_await with_scope({}, body);
        co_await producer_.close(time_.now() + 5s);
        judge();
    }

private:
    awaitable<> watch()
    {
        const auto handler = [this](const record& what, context&) { return note(what); };
        co_await watching_.run(handler);
    }

    // A group takes some seconds to form. What ends before is seen late, not missed.
    awaitable<> watched()
    {
        const auto limit = time_.now() + 20s;
        while (watching_.totals().partitions == 0 && time_.now() < limit && !self_.stop.cancelled())
            co_await sleep_for(20ms);
    }

    awaitable<reply> note(const record& what)
    {
        const auto now = time_.now();
        if (what.topic() == inventory_reserved.name())
            tally_.settle(payload_of<stock_reserved>(what).order_id, outcome::reserved, now);
        else if (what.topic() == inventory_rejected.name())
            tally_.settle(payload_of<stock_rejected>(what).order_id, outcome::rejected, now);
        else
            tally_.settle(record_id::of(what).text(), outcome::dead_lettered, now);
        if (tally_.in_flight() == 0) settled_.wake_all();
        co_return reply{};
    }

    awaitable<> settle()
    {
        const auto limit = time_.now() + settling;
        while (tally_.in_flight() > 0)
            if (!co_await settled_.wait_until(limit)) break;
    }

    awaitable<> show()
    {
        const bool terminal = isatty(STDOUT_FILENO);
        for (bool first = true; !finished_.token().cancelled(); first = false) {
            if (terminal)
                self_.print(table(first));
            else if (!first)
                self_.print(line());
            co_await pause(terminal ? 500ms : 5'000ms);
        }
        if (terminal) self_.print(table(false));
    }

    awaitable<> follow_lag()
    {
        const std::vector<std::string> topics{orders_placed.name()};
        while (!finished_.token().cancelled()) {
            const auto partitions = co_await admin_.lag("inventory-service", topics);
            if (partitions) {
                lag_ = 0;
                for (const auto& one : *partitions) lag_ += one.lag;
            }
            co_await pause(500ms);
        }
    }

    // Until the end of the demo at most.
    awaitable<> pause(duration span)
    {
        if (!finished_.token().cancelled()) co_await ended_.wait_until(time_.now() + span);
    }

    // Drawn over the one before.
    [[nodiscard]] std::string table(bool first) const
    {
        const auto& spans = tally_.to_reserved();
        const std::pair<std::string, std::string> rows[] = {
            {"accepted", std::to_string(tally_.accepted())},
            {"reserved", std::to_string(tally_.count(outcome::reserved))},
            {"rejected", std::to_string(tally_.count(outcome::rejected))},
            {"dead-lettered", std::to_string(tally_.count(outcome::dead_lettered))},
            {"refused", std::to_string(tally_.refused())},
            {"in flight", std::to_string(tally_.in_flight())},
            {"lag of inventory", std::to_string(lag_) + " records"},
            {"POST to reserved", milliseconds(spans.at(0.5)) + " p50, " + milliseconds(spans.at(0.99)) + " p99"},
        };
        std::string text = first ? "" : fmt::format("\x1b[{}A", std::size(rows) + 1);
        text += "\x1b[2K" + phase();
        for (const auto& [name, value] : rows) text += fmt::format("\n\x1b[2K  {:<18}{}", name, value);
        return text;
    }

    [[nodiscard]] std::string line() const
    {
        const auto& spans = tally_.to_reserved();
        return fmt::format(
            "{}: accepted {}, reserved {}, rejected {}, dead-lettered {}, refused {}, in flight {}, "
            "lag {}, POST to reserved {} p50, {} p99",
            phase(), tally_.accepted(), tally_.count(outcome::reserved), tally_.count(outcome::rejected),
            tally_.count(outcome::dead_lettered), tally_.refused(), tally_.in_flight(), lag_,
            milliseconds(spans.at(0.5)), milliseconds(spans.at(0.99)));
    }

    [[nodiscard]] std::string phase() const
    {
        const auto passed = std::chrono::duration_cast<std::chrono::seconds>(time_.now() - start_).count();
        return fmt::format("{} s, {}", passed, loaded_ ? "waiting for what is in flight" : "placing orders");
    }

    void show_addresses() const
    {
        self_.print(fmt::format("{} orders a second, for {} s. Ctrl-C ends it. Try, in another terminal:", self_.rate,
                                std::chrono::duration_cast<std::chrono::seconds>(self_.length).count()));
        self_.print("  curl -i " + self_.urls.at("checkout") +
                    R"(/checkout -H 'Content-Type: application/json' -H 'X-Customer-ID: me' )"
                    R"(-d '{"items":[{"product_id":"SKU-001","quantity":2,"price":29.99}]}')");
        self_.print("  curl " + self_.urls.at("inventory") + "/stock/SKU-001");
        if (!self_.admin_url.empty()) self_.print("  curl " + self_.admin_url + "/metrics");
        self_.print("");
    }

    void judge()
    {
        const auto lost = tally_.in_flight();
        self_.print(fmt::format(R"({{"accepted":{},"reserved":{},"rejected":{},"dead_lettered":{},"lost":{}}})",
                                tally_.accepted(), tally_.count(outcome::reserved), tally_.count(outcome::rejected),
                                tally_.count(outcome::dead_lettered), lost));
        const bool idle = tally_.accepted() == 0 && !self_.stop.cancelled();
        if (idle) self_.log.error("no order was accepted");
        self_.exit_status = lost > 0 || idle ? 1 : 0;
    }

    demo& self_;
    sluice::clock& time_;
    const std::string group_ = "demo-" + record_id::random().text();
    cancellation finished_;
    offload pool_;
    const quantities stock_ = parse_stock(self_.settings.get<std::string>("inventory.stock")).value();
    http::client checkout_;
    kafka::producer producer_;
    kafka::admin admin_{self_.kafka, pool_, self_.log};
    kafka::consumer ends_;
    flow watching_;  // where orders end, as any other service would
    demo_tally tally_;
    demo_load load_;

    time_point start_{};
    bool loaded_ = false;
    std::int64_t lag_ = 0;
    wait_queue settled_, ended_;
    on_cancel wake_{finished_.token(), [this](cancel_reason) { ended_.wake_all(); }};
};

}  // namespace

awaitable<> run_demo(demo& self)
{
    order_demo running{self};
    co_await running.run();
}

}  // namespace orders
