#include "running_roles.hpp"
#include "sluice/http/router.hpp"
#include "sluice/record/record_id.hpp"
#include "sluice/testing/test_case.hpp"
#include "spans.hpp"
#include "words.hpp"

#include <unistd.h>
#include <atomic>
#include <set>
#include <thread>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

awaitable<reply> copy_word(word what, context&)
{
    co_return emit(copies, what);
}

awaitable<> copy(role& self)
{
    auto all = self.flow(words, {.group = "copiers"}).dead_letter();
    co_await all.run(copy_word);
}

role_entry copier(std::function<awaitable<>(role&)> body = copy)
{
    return {"copier", std::move(body), "Copies words", reads{"copiers", {words}}, writes{copies}};
}

// What a process of this one role fails with.
awaitable<std::string> failure_of(role_entry entry)
{
    const auto loop = co_await asio::this_coro::executor;
    std::vector<role_entry> table(1, std::move(entry));
    running_roles system{loop, std::move(table)};
    try {
        co_await system.run();
    } catch (const failure& e) {
        co_return e.what();
    }
    co_return "none";
}

std::vector<word> decoded_all(const std::vector<record>& records)
{
    std::vector<word> all;
    for (const auto& one : records) all.push_back(payload_of<word>(one));
    std::ranges::sort(all, {}, &word::text);
    return all;
}

}  // namespace

SLUICE_TEST_CASE(a_role_reads_one_topic_and_writes_another)
{
    const auto loop = co_await asio::this_coro::executor;
    std::vector<role_entry> table(1, copier());
    running_roles system{loop, std::move(table)};
    const std::vector<word> sent{{"a", "1"}, {"b", "2"}, {"a", "3"}};
    std::vector<record> copied;
    const auto body = [&]() -> awaitable<> {
        std::vector<outgoing> records;
        for (const auto& one : sent) records.push_back(words.make(one));
        co_await system.cluster.send(std::move(records));
        copied = co_await system.read(copies.name(), sent.size());
    };
    const auto status = co_await system.run(body);
    BOOST_TEST(status == 0);
    BOOST_TEST((decoded_all(copied) == sent));
    for (const auto& one : copied) BOOST_TEST(one.header(record_id::header_name).has_value());
}

SLUICE_TEST_CASE(what_nobody_can_decode_goes_to_the_dead_letters_of_the_declared_group)
{
    const auto loop = co_await asio::this_coro::executor;
    std::vector<role_entry> table(1, copier());
    running_roles system{loop, std::move(table)};
    std::vector<record> dead;
    const auto body = [&]() -> awaitable<> {
        std::vector<outgoing> records(1, outgoing{.topic = words.name(), .value = "{nonsense"});
        co_await system.cluster.send(std::move(records));
        dead = co_await system.read("words.copiers.dlt", 1);
    };
    const auto status = co_await system.run(body);
    BOOST_TEST(status == 0);
    BOOST_TEST(dead.front().value().value() == "{nonsense");
}

SLUICE_TEST_CASE(a_role_that_sends_by_itself_gives_its_records_an_id)
{
    const auto send = [](role& self) -> awaitable<> {
        const word first{"k", "1"}, second{"k", "2"};
        const headers known{{"sluice-id", "mine"}};
        BOOST_TEST((co_await self.send(copies, first)).has_value());
        BOOST_TEST((co_await self.send(copies, second, known)).has_value());
    };
    const auto loop = co_await asio::this_coro::executor;
    std::vector<role_entry> table(1, role_entry{"sender", send, "", writes{copies}});
    running_roles system{loop, std::move(table)};
    const auto status = co_await system.run();
    BOOST_TEST(status == 0);
    const auto records = co_await system.read(copies.name(), 2);
    BOOST_TEST(records[0].header("sluice-id").value().size() == 36u);
    BOOST_TEST(records[1].header("sluice-id").value() == "mine");
    BOOST_TEST(records[1].headers().size() == 1u);
}

SLUICE_TEST_CASE(what_the_role_table_does_not_declare_is_refused)
{
    const auto send = [](role& self) -> awaitable<> {
        const word what{"k", "1"};
        (co_await self.send(words, what)).value();
    };
    BOOST_TEST(co_await failure_of(copier(send)) ==
               "the role copier writes to words, which the role table does not declare");

    const auto read = [](role& self) -> awaitable<> { return self.flow(copies).run(copy_word); };
    BOOST_TEST(co_await failure_of(copier(read)) ==
               "the role copier reads words.copied as the group copier, which the role table does not declare");

    const auto group = [](role& self) -> awaitable<> { return self.flow(words, {.group = "others"}).run(copy_word); };
    BOOST_TEST(co_await failure_of(copier(group)) ==
               "the role copier reads words as the group others, which the role table does not declare");

    http::router routes;
    routes.get("/words", [](const http::request&) -> awaitable<http::response> { co_return http::no_content(); });
    const auto serve = [&](role& self) -> awaitable<> { return self.serve(routes); };
    BOOST_TEST(co_await failure_of(copier(serve)) ==
               "the role copier serves HTTP, which the role table does not declare");
    const role_entry other{"other", serve, "", serves{0, {"GET /letters"}}};
    BOOST_TEST(co_await failure_of(other) == "the role other serves GET /words, which the role table does not declare");
    const role_entry less{"less", serve, "", serves{0, {"GET /words", "GET /letters"}}};
    BOOST_TEST(co_await failure_of(less) == "the role less does not serve GET /letters, which the role table declares");
}

SLUICE_TEST_CASE(an_emit_that_is_not_declared_fails_its_record)
{
    const auto loop = co_await asio::this_coro::executor;
    std::vector<role_entry> table(1, role_entry{"copier", copy, "", reads{"copiers", {words}}});
    running_roles system{loop, std::move(table)};
    std::vector<record> dead;
    const auto body = [&]() -> awaitable<> {
        const word what{"a", "1"};
        std::vector<outgoing> records(1, words.make(what));
        co_await system.cluster.send(std::move(records));
        dead = co_await system.read("words.copiers.dlt", 1);
    };
    const auto status = co_await system.run(body);
    BOOST_TEST(status == 0);
    BOOST_TEST(dead.front().header("sluice-error").value() ==
               "the role copier writes to words.copied, which the role table does not declare");
}

SLUICE_TEST_CASE(a_role_that_fails_stops_the_others_and_the_process_with_its_error)
{
    const auto wait = [](role& self) -> awaitable<> {
        wait_queue asked;
        const on_cancel wake{self.stop(), [&](cancel_reason) { asked.wake_all(); }};
        co_await asked.wait();
    };
    const auto fail = [](role&) -> awaitable<> {
        throw std::runtime_error{"no disk"};
        co_return;
    };
    const auto loop = co_await asio::this_coro::executor;
    std::vector<role_entry> table;
    table.emplace_back("waits", wait, "");
    table.emplace_back("fails", fail, "");
    running_roles system{loop, std::move(table)};
    std::string error;
    try {
        co_await system.run();
    } catch (const std::runtime_error& e) {
        error = e.what();
    }
    BOOST_TEST(error == "no disk");
}

SLUICE_TEST_CASE(shards_have_threads_of_their_own_and_share_what_they_ask_to_share)
{
    std::atomic<int> made = 0;
    std::mutex mutex;
    std::set<std::thread::id> threads;
    std::set<void*> objects;
    const auto body = [&](role& self) -> awaitable<> {
        const auto object = self.shared<int>([&] { return std::make_shared<int>(++made); });
        const std::scoped_lock lock{mutex};
        threads.insert(std::this_thread::get_id());
        objects.insert(object.get());
        co_return;
    };
    const auto loop = co_await asio::this_coro::executor;
    std::vector<role_entry> table(1, role_entry{"any", body, ""});
    running_roles system{loop, std::move(table), {{"shards", "3"}}};
    const auto status = co_await system.run();
    BOOST_TEST(status == 0);
    BOOST_TEST(made == 1);
    BOOST_TEST(threads.size() == 3u);
    BOOST_TEST(objects.size() == 1u);
}

SLUICE_TEST_CASE(shards_share_the_port_of_their_role)
{
    // Each connection is one shard's; the kernel spreads them, so among many there are some of each.
    const auto who = [](const http::request&) -> awaitable<http::response> {
        auto answer = http::text(200, fmt::format("{}", ::gettid()));
        answer.headers.add("Connection", "close");
        co_return answer;
    };
    http::router routes;
    routes.get("/who", who);
    const auto serve = [&](role& self) -> awaitable<> { return self.serve(routes); };
    const auto loop = co_await asio::this_coro::executor;
    std::vector<role_entry> table(1, role_entry{"server", serve, "", serves{0, {"GET /who"}}});
    running_roles system{loop, std::move(table), {{"shards", "2"}}};
    std::set<std::string> answered;
    const auto body = [&]() -> awaitable<> {
        auto client = system.client(system.roles->urls().at("server"));
        while (answered.size() < 2) {
            const auto answer = co_await client.get("/who");
            answered.insert(answer.value().body);
        }
    };
    const auto status = co_await system.run(body);
    BOOST_TEST(status == 0);
}

SLUICE_TEST_CASE(a_request_that_does_not_end_within_the_drain_is_told_by_the_exit_status)
{
    std::atomic<bool> asked = false;
    const auto answer_late = [&](const http::request&) -> awaitable<http::response> {
        asked = true;
        co_await work_for(1h);
        co_return http::no_content();
    };
    http::router routes;
    routes.get("/late", answer_late);
    const auto serve = [&](role& self) -> awaitable<> { return self.serve(routes); };
    const auto loop = co_await asio::this_coro::executor;
    std::vector<role_entry> table(1, role_entry{"server", serve, "", serves{0, {"GET /late"}}});
    running_roles system{loop, std::move(table), {{"drain", "0s"}}};
    const auto ask = [&]() -> awaitable<> {
        auto client = system.client(system.roles->urls().at("server"));
        const auto answer = co_await client.get("/late");
        BOOST_TEST(!answer.has_value());
    };
    int status = -1;
    const auto both = [&](scope& beside) -> awaitable<> {
        const auto body = [&]() -> awaitable<> {
            beside.spawn(ask());
            const auto is_asked = [&] { return asked.load(); };
            co_await testing::until(is_asked, "the request has come");
        };
        status = co_await system.run(body);
    };
    co_await with_scope({}, both);
    BOOST_TEST(status == 3);
}

SLUICE_TEST_CASE(a_role_that_throws_what_is_no_exception_stops_the_others_in_order)
{
    bool drained = false;
    const auto wait = [&](role& self) -> awaitable<> {
        wait_queue asked;
        const on_cancel wake{self.stop(), [&](cancel_reason) { asked.wake_all(); }};
        co_await asked.wait();
        co_await work_for(10ms);
        drained = true;
    };
    const auto fail = [](role&) -> awaitable<> {
        throw 42;
        co_return;
    };
    const auto loop = co_await asio::this_coro::executor;
    std::vector<role_entry> table;
    table.emplace_back("waits", wait, "");
    table.emplace_back("fails", fail, "");
    running_roles system{loop, std::move(table)};
    int error = 0;
    try {
        co_await system.run();
    } catch (int e) {
        error = e;
    }
    BOOST_TEST(error == 42);
    BOOST_TEST(drained);
}

SLUICE_TEST_CASE(a_last_commit_that_is_refused_is_told_by_the_exit_status, 60s)
{
    std::atomic<bool> handled = false;
    const auto handler = [&](word, context&) -> awaitable<> {
        handled = true;
        co_return;
    };
    const auto read = [&](role& self) -> awaitable<> {
        auto all = self.flow(words, {.group = "readers", .commit_interval = 1h});
        co_await all.run(handler);
    };
    const auto loop = co_await asio::this_coro::executor;
    std::vector<role_entry> table(1, role_entry{"reader", read, "", reads{"readers", {words}}});
    running_roles system{loop, std::move(table)};
    const auto body = [&]() -> awaitable<> {
        const word what{"a", "1"};
        std::vector<outgoing> records(1, words.make(what));
        co_await system.cluster.send(std::move(records));
        const auto is_handled = [&] { return handled.load(); };
        co_await testing::until(is_handled, "the record is handled");
        const std::vector<int> refusals(1000, 30);  // GROUP_AUTHORIZATION_FAILED
        system.cluster.broker.fail_next(8, refusals);
    };
    const auto status = co_await system.run(body);
    BOOST_TEST(status == 3);
}
