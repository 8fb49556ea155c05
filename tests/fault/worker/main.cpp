// A member of a group that handles the records of a fault test and writes down all that it does. Killed, stopped and
// cut off at will.
#include "sluice/base/offload.hpp"
#include "sluice/flow/dead_letter.hpp"
#include "sluice/flow/flow.hpp"
#include "sluice/kafka/consumer.hpp"
#include "sluice/kafka/producer.hpp"
#include "sluice/kafka/transactional_producer.hpp"
#include "sluice/process/loop.hpp"

#include "fault/load_record.hpp"
#include "fault/worker/effects.hpp"
#include "fault/worker/recording.hpp"
#include "spans.hpp"

#include <boost/program_options.hpp>

#include <iostream>

namespace {

namespace options = boost::program_options;
using namespace sluice;
using namespace std::chrono_literals;

struct worker_settings {
    std::string topic, output, order, mode, journal, store, instance;
    std::vector<std::string> properties;
    kafka::settings cluster;
    flow_settings flow{.retry = {.attempts = 4, .first_delay = 20ms, .max_delay = 200ms},
                       .dead_letters = true,
                       // Long, so that a kill mostly finds something that is sent and not committed.
                       .commit_interval = 1s};
};

worker_settings parse(int argc, char** argv)
{
    worker_settings what;
    options::options_description known;
    known.add_options()("topic", options::value(&what.topic)->required())(
        "output", options::value(&what.output)->required())("group", options::value(&what.flow.group)->required())(
        "journal", options::value(&what.journal)->required())("order",
                                                              options::value(&what.order)->default_value("by_key"))(
        "attempts", options::value(&what.flow.retry.attempts), "of a record's handler")(
        "instance", options::value(&what.instance)->default_value("worker"), "names the producer of transactions")(
        "store", options::value(&what.store), "a file for the handler's effects")(
        "mode", options::value(&what.mode)->default_value("at_least_once"))(
        "kafka", options::value(&what.properties)->required(), "name=value, as often as needed");
    options::variables_map given;
    options::store(options::parse_command_line(argc, argv, known), given);
    options::notify(given);

    for (const auto& one : what.properties)
        what.cluster.properties[one.substr(0, one.find('='))] = one.substr(one.find('=') + 1);
    const std::map<std::string, ordering> orders{
        {"by_key", by_key{}}, {"by_partition", by_partition{}}, {"unordered", unordered{}}};
    what.flow.order = orders.at(what.order);
    const std::map<std::string, delivery> modes{{"at_least_once", delivery::at_least_once},
                                                {"exactly_once", delivery::exactly_once}};
    what.flow.mode = modes.at(what.mode);
    return what;
}

awaitable<reply> handle(const record& what, context& about, const std::string& output, fault::effects* effects,
                        fault::journal& notes)
{
    const auto note = [&](std::string_view event) {
        notes.write(R"("e":"{}","p":{},"o":{},"a":{})", event, what.partition(), what.offset(), about.attempt());
    };
    note("start");
    const auto load = payload_of<fault::load_record>(what);
    if (load.sum != fault::sum_of(load)) throw permanent_failure{"the checksum is wrong"};
    try {
        // One in eight takes its time, so that there is always something to cut short.
        if (load.number % 8 == 0) co_await work_for(5ms);
    } catch (...) {
        note("cut");
        throw;
    }
    if (load.fate == fault::fate::poison || (load.fate == fault::fate::shaky && about.attempt() < 3)) {
        note("failed");
        throw std::runtime_error{"as the record asks"};
    }
    const auto at = std::to_string(what.partition()) + "/" + std::to_string(what.offset());
    outgoing made{output, std::string{what.key().value()}, std::string{what.value().value()}};
    made.headers.push_back({std::string{fault::made_from}, at});
    reply all;
    all.add(std::move(made));
    if (effects != nullptr) {
        try {
            const auto now = clock::of(co_await asio::this_coro::executor).wall();
            all = co_await effects->have(about.record_id(), at, std::move(all), now);
        } catch (...) {
            note(about.token().cancelled() ? "cut" : "failed");
            throw;
        }
    }
    note("end");
    co_return all;
}

awaitable<int> member(cancellation_token stop, const worker_settings& what, const logger& log)
{
    const auto loop = co_await asio::this_coro::executor;
    auto& time = clock::of(loop);
    fault::journal notes{what.journal};
    metrics numbers;
    offload blocking;
    const auto letters = dead_letter_topic(what.topic, what.flow.group);
    kafka::producer to{loop, what.cluster, {}, blocking, log};
    std::optional<kafka::transactional_producer> transactions;
    if (what.flow.mode == delivery::exactly_once) {
        kafka::transaction_producer_settings how{.transactional_id = what.instance, .time_limit = 10s};
        transactions.emplace(loop, what.cluster, std::move(how), blocking, log);
        co_await transactions->learn(letters);
    } else {
        co_await to.learn(letters);
    }
    kafka::consumer_settings reading{.group = what.flow.group, .topics = {what.topic}};
    kafka::consumer from{loop, what.cluster, std::move(reading), blocking, log};
    std::optional<fault::effects> effects;
    if (!what.store.empty()) effects.emplace(what.store);
    fault::recording_source source{from, notes};
    fault::recording_sink sink{to, notes};
    std::optional<fault::recording_transactions> recorded;
    const flow_environment around{.log = log, .numbers = numbers, .time = time, .stop = stop};
    std::optional<flow> records;
    if (transactions) {
        recorded.emplace(*transactions, notes);
        records.emplace(source, *recorded, what.flow, around);
    } else {
        records.emplace(source, sink, what.flow, around);
    }
    const auto handler = [&](const record& one, context& about) {
        return handle(one, about, what.output, effects ? &*effects : nullptr, notes);
    };
    co_await records->run(handler);
    const auto unsent = co_await to.close(time.now() + 5s);
    const bool clean = unsent == 0 && !records->totals().uncommitted;
    notes.write(R"("e":"stopped","clean":{})", clean);
    co_return clean ? 0 : 3;
}

}  // namespace

int main(int argc, char** argv)
try {
    const auto what = parse(argc, argv);
    const auto log = logger::to_stderr({});
    return run_on_loop(log, [&](cancellation_token stop) { return member(std::move(stop), what, log); });
} catch (const std::exception& error) {
    std::cerr << "fault-worker: " << error.what() << "\n";
    return 2;
}
