#include "mail_server.hpp"
#include "orders/mail_text.hpp"
#include "sluice/base/base64.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/flow/failure.hpp"
#include "sluice/testing/test_case.hpp"

#include <csignal>

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;

namespace {

mail_message mail_to(std::string customer)
{
    order_placed order{
        "o-" + mail_name(customer), customer, {{"A & B", 3, money::of_minor(1999)}}, money::of_minor(5997), {}};
    return confirm(order, {"The Shop", "orders@shop.example"}, "d.example", timestamp{1'764'000'000s});
}

// What a client says of a mail to this customer: empty when it was sent.
awaitable<std::string> fate(smtp_client& client, std::string customer)
{
    const auto mail = mail_to(std::move(customer));
    try {
        co_await client.send(mail);
    } catch (const std::exception& e) {
        const auto why = classify(std::current_exception());
        const auto* const failed = dynamic_cast<const failure*>(&e);
        if (failed) co_return failed->why().code.message() + ": " + e.what();
        co_return (why.what == handler_failure::kind::permanent ? "permanent: " : "retryable: ") +
            std::string{e.what()};
    }
    co_return std::string{};
}

bool begins(const std::string& text, std::string_view with)
{
    BOOST_TEST_INFO(text);
    return text.starts_with(with);
}

std::string unavailable()
{
    return make_error_code(errc::unavailable).message();
}

struct setup {
    explicit setup(asio::any_io_executor loop, std::vector<std::string> options = {})
        : loop{loop},
          server{loop, std::move(options)}
    {
    }

    asio::any_io_executor loop;
    offload blocking;
    mail_server server;
};

}  // namespace

SLUICE_TEST_CASE(a_mail_arrives_byte_for_byte_by_starttls_and_auth_over_one_kept_connection, 60s)
{
    const std::vector<std::string> options{"--login", "shop:pass word"};
    setup here{co_await asio::this_coro::executor, options};
    co_await here.server.start();
    auto settings = here.server.settings();
    settings.user = "shop";
    settings.password = "pass word";
    smtp_client client{settings, here.blocking};
    const std::vector<std::string> customers{
        "ada@shop.example", "c-1", "two words", "say \"hi\\\"", "a@b c", "a,b", "zoë"};
    for (const auto& each : customers) {
        const auto went = co_await fate(client, each);
        BOOST_TEST(went == "", each);
    }
    const auto taken = here.server.mails();
    BOOST_TEST_REQUIRE(taken.size() == customers.size());
    for (std::size_t i = 0; i < taken.size(); ++i) {
        const auto sent = mail_to(customers[i]);
        BOOST_TEST(taken[i].ssl);
        BOOST_TEST(taken[i].login == "shop");
        BOOST_TEST(taken[i].sender == "orders@shop.example");
        const std::vector<std::string> only{sent.to};
        BOOST_TEST(taken[i].recipients == only, boost::test_tools::per_element());
        std::string content;
        append_base64(content, to_wire(sent));
        BOOST_TEST(taken[i].content == content);
        BOOST_TEST(taken[i].peer == taken[0].peer);
    }
}

SLUICE_TEST_CASE(tls_from_the_first_byte_works_too, 60s)
{
    const std::vector<std::string> options{"--from-the-start", "--login", "shop:secret"};
    setup here{co_await asio::this_coro::executor, options};
    co_await here.server.start();
    auto settings = here.server.settings();
    settings.server = smtp_address::parse(here.server.url("smtps")).value();
    settings.user = "shop";
    settings.password = "secret";
    smtp_client client{settings, here.blocking};
    const auto went = co_await fate(client, "c-1");
    BOOST_TEST(went == "");
    BOOST_TEST_REQUIRE(here.server.mails().size() == 1u);
    BOOST_TEST(here.server.mails()[0].ssl);
}

SLUICE_TEST_CASE(a_server_that_cannot_be_trusted_or_does_not_let_us_in_is_unavailable_and_gets_nothing, 60s)
{
    const std::vector<std::string> options{"--login", "shop:secret"};
    const std::vector<std::string> bare{"--no-tls"};
    setup here{co_await asio::this_coro::executor, options};
    setup plain{here.loop, bare};
    co_await here.server.start();
    co_await plain.server.start();
    auto good = here.server.settings();
    good.user = "shop";
    good.password = "secret";
    const auto expect = [&](smtp_settings settings, std::string what) -> awaitable<> {
        smtp_client client{std::move(settings), here.blocking};
        const auto went = co_await fate(client, "c-1");
        BOOST_TEST(begins(went, unavailable()), what);
        BOOST_TEST(went.find("wrong") == went.npos);
    };
    auto bad = good;
    bad.password = "wrong";
    co_await expect(bad, "a wrong password");
    bad = good;
    bad.user.clear();
    co_await expect(bad, "no password");
    bad = good;
    bad.ca.clear();
    co_await expect(bad, "a certificate that nobody vouches for");
    bad = good;
    bad.server.host = "127.0.0.1";
    co_await expect(bad, "a certificate for another name");
    bad = good;
    bad.server = plain.server.settings().server;
    bad.user.clear();
    co_await expect(bad, "no STARTTLS");
    bad = good;
    bad.server.port = std::to_string(sluice::testing::free_port());
    co_await expect(bad, "nobody listens");
    BOOST_TEST(here.server.mails().size() == 0u);
    BOOST_TEST(plain.server.mails().size() == 0u);

    bad = plain.server.settings();
    bad.tls = smtp_tls::opportunistic;
    smtp_client without{bad, here.blocking};
    const auto went = co_await fate(without, "c-1");
    BOOST_TEST(went == "");
    auto with = good;
    with.tls = smtp_tls::opportunistic;
    smtp_client encrypted{with, here.blocking};
    const auto also = co_await fate(encrypted, "c-1");
    BOOST_TEST(also == "");
    BOOST_TEST_REQUIRE(here.server.mails().size() == 1u);
    BOOST_TEST(here.server.mails()[0].ssl);
}

SLUICE_TEST_CASE(what_the_server_refuses_is_permanent_for_5yz_and_tried_again_for_4yz, 60s)
{
    setup here{co_await asio::this_coro::executor};
    co_await here.server.start();
    smtp_client client{here.server.settings(), here.blocking};
    struct row {
        std::string customer;
        std::string_view answer;
        std::string_view words;
    };
    std::vector<row> rows;
    rows.push_back({"nobody", "permanent", "550 5.1.1 no such user"});
    rows.push_back({"spam", "permanent", "554 5.7.1 not wanted"});
    rows.push_back({"greylisted", "retryable", "451 4.7.1 come back later"});
    rows.push_back({"full", "retryable", "452 4.2.2 the mailbox is full"});
    for (const auto& [customer, answer, words] : rows) {
        const auto went = co_await fate(client, customer);
        BOOST_TEST(begins(went, answer), customer);
        BOOST_TEST(went.find(words) != went.npos, went);
    }
    BOOST_TEST(here.server.mails().size() == 0u);
    const auto again = co_await fate(client, "greylisted");
    BOOST_TEST(again == "");
    const auto other = co_await fate(client, "c-1");
    BOOST_TEST(other == "");
    BOOST_TEST(here.server.mails().size() == 2u);
}

SLUICE_TEST_CASE(a_connection_lost_after_the_mail_is_an_unknown_outcome_and_the_repeat_is_the_same_mail, 60s)
{
    setup here{co_await asio::this_coro::executor};
    co_await here.server.start();
    smtp_client client{here.server.settings(), here.blocking};
    const auto lost = co_await fate(client, "vanishing");
    BOOST_TEST(begins(lost, make_error_code(errc::outcome_unknown).message()));
    const auto again = co_await fate(client, "vanishing");
    BOOST_TEST(again == "");
    const auto taken = here.server.mails();
    BOOST_TEST_REQUIRE(taken.size() == 2u);
    BOOST_TEST(taken[0].content == taken[1].content);
}

SLUICE_TEST_CASE(a_slow_server_is_left_at_once_when_cancelled_and_when_the_time_is_over, 60s)
{
    setup here{co_await asio::this_coro::executor};
    co_await here.server.start();
    auto settings = here.server.settings();
    smtp_client patient{settings, here.blocking};
    auto& time = clock::of(here.loop);
    time_point cancelled;
    const auto wait = [&]() -> awaitable<> {
        const auto mail = mail_to("asleep");
        co_await patient.send(mail);
        BOOST_ERROR("nobody answered");
    };
    const auto both = [&](scope& sending) -> awaitable<> {
        sending.spawn(wait());
        co_await here.server.process->says("asleep");
        cancelled = time.now();
        sending.cancel();
    };
    co_await with_scope({}, both);
    BOOST_TEST((time.now() - cancelled < 500ms));

    settings.time_limit = 300ms;
    smtp_client hasty{settings, here.blocking};
    const auto asleep = co_await fate(hasty, "asleep");
    BOOST_TEST(begins(asleep, make_error_code(errc::timed_out).message()));
    const auto silent = co_await fate(hasty, "silent");
    BOOST_TEST(begins(silent, make_error_code(errc::outcome_unknown).message()));
}

SLUICE_TEST_CASE(a_server_that_hangs_does_not_hold_the_loop_when_its_client_goes, 60s)
{
    setup here{co_await asio::this_coro::executor};
    co_await here.server.start();
    std::optional<smtp_client> client;
    client.emplace(here.server.settings(), here.blocking);
    const auto went = co_await fate(*client, "c-1");
    BOOST_TEST(went == "");
    here.server.process->signal(SIGSTOP);
    const auto before = std::chrono::steady_clock::now();
    client.reset();
    BOOST_TEST((std::chrono::steady_clock::now() - before < 500ms));
    here.server.process->signal(SIGKILL);  // or the pool would wait for its answer
}
