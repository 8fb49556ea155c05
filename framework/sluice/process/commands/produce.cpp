#include "sluice/kafka/producer.hpp"
#include "sluice/process/commands/command.hpp"
#include "sluice/process/commands/input_lines.hpp"
#include "sluice/process/loop.hpp"
#include "sluice/process/usage_error.hpp"
#include "sluice/record/record_id.hpp"

#include <spdlog/fmt/fmt.h>

#include <iostream>

namespace sluice {
namespace {

// How a line becomes a record.
class record_maker {
public:
    explicit record_maker(const invocation& call)
        : topic_{call.operands.front()},
          declared_{find_topic(call.what.roles, topic_)},
          headers_{read_headers(call.process.settings)}
    {
        const auto& settings = call.process.settings;
        if (settings.get<bool>("raw")) declared_.reset();
        if (!settings.given("key")) return;
        if (declared_)
            throw usage_error{
                fmt::format("the key of {} comes from its payload; --raw sends bytes as they are", topic_)};
        key_ = settings.get<std::string>("key");
    }

    [[nodiscard]] result<outgoing> make(std::string value) const
    {
        auto record = declared_ ? declared_->make(value)
                                : outgoing{.topic = topic_,
                                           .key = key_,
                                           .value = std::move(value),
                                           .headers = {},
                                           .partition = {},
                                           .time = {}};
        if (!record) return record;
        record->headers = headers_;
        record->headers.push_back({std::string{record_id::header_name}, record_id::random().text()});
        return record;
    }

private:
    static headers read_headers(const settings& given)
    {
        headers list;
        for (const auto& text : given.list("header")) {
            const auto equals = text.find('=');
            if (equals == 0 || equals == text.npos)
                throw usage_error{fmt::format("header: expected name=value, found \"{}\" (from --header)", text)};
            list.push_back({text.substr(0, equals), text.substr(equals + 1)});
        }
        return list;
    }

    std::string topic_;
    std::optional<topic_reference> declared_;
    std::optional<std::string> key_;
    headers headers_;
};

// The number of records that are in the log; says what stopped it where it is not all of them.
awaitable<std::size_t> send(kafka::producer& to, std::vector<outgoing> records, bool& failed)
{
    std::size_t sent = 0;
    for (const auto& where : co_await to.send_all(std::move(records))) {
        if (where) {
            ++sent;
        } else if (!std::exchange(failed, true)) {
            std::cerr << "a record was not sent: " << where.error().message() << '\n';
        }
    }
    co_return sent;
}

awaitable<int> produce(invocation& call, cancellation_token stop)
{
    const record_maker maker{call};
    const auto executor = co_await asio::this_coro::executor;
    offload pool;
    kafka::producer producer{executor, call.process.kafka, call.process.producing(), pool, call.process.log};
    // Else a record waits for its topic until it times out.
    const auto known = co_await producer.learn(call.operands.front());
    if (!known && known.error() == errc::not_found) {
        co_await producer.close(clock::of(executor).now() + std::chrono::seconds{5});
        throw failure{error{errc::not_found, fmt::format("there is no topic {}, and the cluster creates none by itself",
                                                         call.operands.front())}};
    }
    std::size_t line = 0, sent = 0;
    bool failed = false;
    const auto send_lines = [&](std::vector<std::string> lines) -> awaitable<> {
        std::vector<outgoing> records;
        for (auto& text : lines) {
            ++line;
            auto record = maker.make(std::move(text));
            if (!record) {
                std::cerr << fmt::format("line {}: {}\n", line, record.error().message());
                failed = true;
                break;
            }
            records.push_back(std::move(*record));
        }
        sent += co_await send(producer, std::move(records), failed);
    };
    if (call.process.settings.given("value")) {
        std::vector<std::string> lines(1, call.process.settings.get<std::string>("value"));
        co_await send_lines(std::move(lines));
    } else {
        input_lines input{pool};
        while (!failed && !stop.cancelled()) {
            auto lines = co_await input.next(stop);
            if (lines.empty()) break;
            co_await send_lines(std::move(lines));
        }
    }
    co_await producer.close(clock::of(executor).now() + std::chrono::seconds{5});
    std::cerr << fmt::format("{} {} sent to {}\n", sent, sent == 1 ? "record" : "records", call.operands.front());
    co_return failed ? 1 : 0;
}

int run(invocation& call)
{
    return run_on_loop(call.process.log, [&](cancellation_token stop) { return produce(call, std::move(stop)); });
}

}  // namespace

const command& produce_command()
{
    using kind = setting_declaration::kind;
    static const command it{
        .name = "produce",
        .operands = "TOPIC",
        .summary = "send records, a line of standard input each",
        .help = "The payload of a topic that a role declares is checked, and gives the record its key.",
        .options = {{"value", "", "the one record to send, instead of standard input"},
                    {"key", "", "the key, where the topic does not say it"},
                    {"header", "", "name=value; may be given several times", kind::list},
                    {"raw", "false", "send the bytes as they are, whatever the topic says", kind::toggle}},
        .least = 1,
        .most = 1,
        .run = run};
    return it;
}

}  // namespace sluice
