#include "orders/email.hpp"
#include "orders/mail_store.hpp"
#include "orders/mail_way.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/flow/failure.hpp"
#include "sluice/process/usage_error.hpp"
#include "sluice/record/codec.hpp"
#include "sluice/store/sqlite_database.hpp"
#include "sluice/testing/temporary_folder.hpp"
#include "sluice/testing/test_case.hpp"

#include "spans.hpp"

#include <deque>

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;

namespace {

// Takes mail, or says what is wrong, in turn.
struct scripted_way final : mail_way {
    awaitable<> send(const mail_message& what) override
    {
        tried.push_back(to_wire(what));
        started.wake_all();
        if (endless) co_await work_for(1h);
        if (!troubles.empty()) {
            const auto trouble = troubles.front();
            troubles.pop_front();
            std::rethrow_exception(trouble);
        }
    }
    [[nodiscard]] duration time_limit() const override { return longest; }

    std::deque<std::exception_ptr> troubles;
    std::vector<std::string> tried;
    wait_queue started;
    bool endless = false;
    duration longest = 30s;
};

// Fails to write as often as told.
struct troubled_database final : store::sql_database {
    explicit troubled_database(std::shared_ptr<store::sql_database> below) : below{std::move(below)} {}
    awaitable<> open() override { return below->open(); }
    awaitable<> run(access, unit_of_work work) override
    {
        if (writes++ >= fine && failing-- > 0) throw failure{error{errc::unavailable}};
        co_await below->write(std::move(work));
    }

    std::shared_ptr<store::sql_database> below;
    int writes = 0, fine = 0, failing = 0;
};

struct office {
    std::shared_ptr<store::sql_database> connect()
    {
        return std::make_shared<store::sqlite_database>(folder / "email.db", mail_store::migrations());
    }

    sluice::testing::temporary_folder folder = {};
    std::shared_ptr<store::sql_database> database = connect();
    mail_store sent{database};
    scripted_way way = {};
    mail_sender sender{{"", "orders@shop.example"}, "d.example"};
};

order_placed order_of(std::string id)
{
    return {std::move(id), "c-1", {{"apple", 2, money::of_minor(50)}}, money::of_minor(100), {}};
}

awaitable<email_sent> handle(office& here, mail_store& sent, order_placed order)
{
    const auto cause = record::make({"order.placed", 0}, 0, order.customer_id, to_json(order), {});
    const logger silent;
    context about{cause, 1, {}, silent};
    const auto got = co_await send_confirmation(std::move(order), about, sent, here.way, here.sender);
    BOOST_REQUIRE(got.records().size() == 1u);
    BOOST_TEST(got.records()[0].topic == sent_emails.name());
    BOOST_TEST((got.records()[0].key == "c-1"));
    co_return from_json<email_sent>(got.records()[0].value.value()).value();
}

awaitable<handler_failure::kind> failure_kind(office& here, order_placed order)
{
    try {
        co_await handle(here, here.sent, std::move(order));
    } catch (...) {
        co_return classify(std::current_exception()).what;
    }
    BOOST_FAIL("it did not fail");
    co_return handler_failure::kind{};
}

}  // namespace

SLUICE_TEST_CASE(an_order_s_mail_is_sent_once_and_a_repeat_says_the_same)
{
    office here;
    const auto first = co_await handle(here, here.sent, order_of("o-1"));
    BOOST_TEST(first.order_id == "o-1");
    BOOST_TEST(first.customer_id == "c-1");
    BOOST_TEST(first.message_id == "<o-1@shop.example>");
    const auto again = co_await handle(here, here.sent, order_of("o-1"));
    BOOST_TEST((again.sent_at == first.sent_at));
    BOOST_TEST(again.message_id == first.message_id);
    BOOST_TEST(here.way.tried.size() == 1u);
    co_await handle(here, here.sent, order_of("o-2"));
    BOOST_TEST(here.way.tried.size() == 2u);
}

SLUICE_TEST_CASE(a_mail_that_could_not_be_sent_is_tried_again_at_once_and_is_the_same_mail)
{
    office here;
    here.way.troubles.push_back(std::make_exception_ptr(failure{error{errc::unavailable}}));
    here.way.troubles.push_back(std::make_exception_ptr(failure{error{errc::outcome_unknown}}));
    here.way.troubles.push_back(std::make_exception_ptr(std::runtime_error{"451"}));
    here.way.troubles.push_back(std::make_exception_ptr(permanent_failure{"550"}));
    using kind = handler_failure::kind;
    for (const auto expected : {kind::unavailable, kind::unavailable, kind::retryable, kind::permanent}) {
        const auto found = co_await failure_kind(here, order_of("o-1"));
        BOOST_TEST((found == expected));
    }
    co_await handle(here, here.sent, order_of("o-1"));
    BOOST_TEST(here.way.tried.size() == 5u);
    for (const auto& each : here.way.tried) BOOST_TEST(each == here.way.tried[0]);
}

SLUICE_TEST_CASE(an_order_that_nobody_can_confirm_is_not_claimed)
{
    office here;
    auto order = order_of("o-1");
    order.total = money::of_minor(99);
    const auto found = co_await failure_kind(here, order);
    BOOST_TEST((found == handler_failure::kind::permanent));
    BOOST_TEST(here.way.tried.empty());
    co_await handle(here, here.sent, order_of("o-1"));
}

SLUICE_TEST_CASE(of_two_processes_with_one_event_one_sends)
{
    office here;
    mail_store other{here.connect()};
    std::vector<timestamp> told;
    const auto process = [&](mail_store& sent) -> awaitable<> {
        const auto event = co_await handle(here, sent, order_of("o-1"));
        told.push_back(event.sent_at);
    };
    const auto both = [&](scope& at_once) -> awaitable<> {
        at_once.spawn(process(here.sent));
        at_once.spawn(process(other));
        co_return;
    };
    co_await with_scope({}, both);
    BOOST_TEST(here.way.tried.size() == 1u);
    BOOST_TEST_REQUIRE(told.size() == 2u);
    BOOST_TEST((told[0] == told[1]));
}

SLUICE_TEST_CASE(a_mail_whose_sender_was_cut_short_is_sent_by_another_once_its_lease_is_over)
{
    office here;
    here.way.longest = -4700ms;  // and so a lease of 300 ms
    here.way.endless = true;
    const auto process = [&]() -> awaitable<> { co_await handle(here, here.sent, order_of("o-1")); };
    auto& time = clock::of(co_await asio::this_coro::executor);
    time_point begun;
    const auto cut_short = [&](scope& sending) -> awaitable<> {
        sending.spawn(process());
        co_await here.way.started.wait();
        begun = time.now();
        sending.cancel();
    };
    co_await with_scope({}, cut_short);
    here.way.endless = false;
    co_await handle(here, here.sent, order_of("o-1"));
    BOOST_TEST((time.now() - begun >= 200ms));
    BOOST_TEST_REQUIRE(here.way.tried.size() == 2u);
    BOOST_TEST(here.way.tried[0] == here.way.tried[1]);
}

SLUICE_TEST_CASE(what_is_sent_is_put_on_record_however_often_the_store_fails)
{
    office here;
    const auto troubled = std::make_shared<troubled_database>(here.database);
    troubled->fine = 1;
    troubled->failing = 2;
    mail_store sent{troubled};
    co_await handle(here, sent, order_of("o-1"));
    BOOST_TEST(troubled->writes == 4);
    co_await handle(here, sent, order_of("o-1"));
    BOOST_TEST(here.way.tried.size() == 1u);
}

BOOST_AUTO_TEST_CASE(settings_of_mail_are_checked_and_no_password_is_shown)
{
    const auto given = [](given_flags flags) {
        return settings{{.known = email_settings(), .flags = std::move(flags)}};
    };
    BOOST_CHECK_NO_THROW(given({}));
    BOOST_CHECK_NO_THROW(
        given({{"email.smtp", "smtp://mail.example:587"}, {"email.user", "u"}, {"email.password", "p"}}));
    BOOST_CHECK_NO_THROW(given({{"email.smtp", "smtps://mail.example:465"},
                                {"email.tls", "none"},
                                {"email.user", "u"},
                                {"email.password", "p"}}));
    const std::vector<given_flags> wrong{
        {{"email.smtp", "mail.example"}},
        {{"email.smtp", "smtp://me:hush@mail.example:25"}},
        {{"email.tls", "yes"}},
        {{"email.user", "u"}},
        {{"email.user", "u"}, {"email.password", "hush"}, {"email.tls", "opportunistic"}},
        {{"email.ca", "/nowhere"}},
        {{"email.from", "shop"}},
        {{"email.domain", "a b"}},
        {{"email.timeout", "0s"}},
        {{"email.connections", "0"}},
    };
    for (const auto& flags : wrong) {
        const auto told = [&](const usage_error& error) {
            const std::string text = error.what();
            return text.starts_with("email.") && text.find("hush") == text.npos;
        };
        BOOST_CHECK_EXCEPTION(given(flags), usage_error, told);
    }
    for (const auto& each : given({{"email.password", "hush"}}).all()) BOOST_TEST(each.text != "hush");
}
