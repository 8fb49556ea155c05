// What the store of mails must do, on each database that there is.
#include "orders/mail_store.hpp"
#include "sluice/base/scope.hpp"
#include "sluice/testing/test_case.hpp"
#include "store/stage.hpp"

using namespace sluice;
using namespace orders;
using namespace std::chrono_literals;
using kind = mail_store::answer::kind;

namespace {

struct mail_stage {
    std::unique_ptr<stage> here = new_stage();

    // As another process has it.
    [[nodiscard]] mail_store connect() const { return mail_store{here->connect(mail_store::migrations())}; }
};

constexpr auto over = -1s;  // a lease that has ended

}  // namespace

SLUICE_TEST_CASE(a_mail_that_is_claimed_is_another_s_until_it_is_sent_and_then_nobody_s)
{
    const mail_stage here;
    auto one = here.connect(), other = here.connect();
    const auto before = clock::of(co_await asio::this_coro::executor).wall();
    const auto ours = co_await one.claim("o-1", "a", 1h);
    BOOST_TEST((ours.what == kind::ours));
    BOOST_TEST((ours.when >= before && ours.when < before + 1min));
    const auto taken = co_await other.claim("o-1", "b", 1h);
    BOOST_TEST((taken.what == kind::others));
    BOOST_TEST((taken.when == ours.when + 1h));
    const auto again = co_await one.claim("o-1", "a", 1h);  // its answer was lost
    BOOST_TEST((again.what == kind::ours));
    BOOST_TEST((again.when == ours.when));
    const auto elsewhere = co_await other.claim("o-2", "b", 1h);
    BOOST_TEST((elsewhere.what == kind::ours));

    const auto sent = co_await one.mark_sent("o-1");
    for (const auto* holder : {"a", "b"}) {
        const auto known = co_await other.claim("o-1", holder, 1h);
        BOOST_TEST((known.what == kind::sent));
        BOOST_TEST((known.when == sent));
    }
}

SLUICE_TEST_CASE(a_mail_whose_lease_is_over_is_taken_with_its_first_date_and_sent_at_one_time_for_all)
{
    const mail_stage here;
    auto one = here.connect(), other = here.connect();
    const auto first = co_await one.claim("o-1", "a", over);
    const auto second = co_await other.claim("o-1", "b", 1h);
    BOOST_TEST((second.what == kind::ours));
    BOOST_TEST((second.when == first.when));
    const auto late = co_await one.mark_sent("o-1");
    const auto sent = co_await other.mark_sent("o-1");
    BOOST_TEST((late == sent));
}

SLUICE_TEST_CASE(a_claim_that_is_given_back_is_free_at_once_but_for_one_that_is_another_s_by_now)
{
    const mail_stage here;
    auto one = here.connect(), other = here.connect();
    co_await one.claim("o-1", "a", 1h);
    co_await one.release("o-1", "a");
    const auto taken = co_await other.claim("o-1", "b", 1h);
    BOOST_TEST((taken.what == kind::ours));
    co_await one.release("o-1", "a");
    const auto still = co_await one.claim("o-1", "c", 1h);
    BOOST_TEST((still.what == kind::others));
}

SLUICE_TEST_CASE(mails_are_forgotten_by_the_time_they_were_sent_or_nobody_held_them_any_more)
{
    auto& time = clock::of(co_await asio::this_coro::executor);
    time.make_manual();
    const mail_stage here;
    auto mails = here.connect();
    for (const auto* name : {"sent", "given up", "sent late"}) co_await mails.claim(name, "a", 1min);
    co_await mails.claim("on its way", "a", 24h);
    co_await mails.mark_sent("sent");
    time.advance(3h);
    co_await mails.mark_sent("sent late");
    co_await mails.claim("new", "a", 1min);
    co_await mails.forget(time.wall() - 1h);
    time.advance(2min);
    const auto expect = [&](std::string name, kind what) -> awaitable<timestamp> {
        const auto found = co_await mails.claim(name, "b", 1min);
        BOOST_TEST((found.what == what), name);
        co_return found.when;
    };
    for (const auto* name : {"sent", "given up"}) {
        const auto composed = co_await expect(name, kind::ours);
        BOOST_TEST((composed == time.wall()), name);
    }
    const auto sent = co_await expect("sent late", kind::sent);
    BOOST_TEST((sent == time.wall() - 2min));
    co_await expect("on its way", kind::others);
    const auto kept = co_await expect("new", kind::ours);
    BOOST_TEST((kept == time.wall() - 2min));
    const auto unheard_of = co_await mails.mark_sent("forgotten while it was sent");
    BOOST_TEST((unheard_of == time.wall()));
}

SLUICE_TEST_CASE(of_many_that_claim_a_mail_at_once_one_gets_it, 60s)
{
    const mail_stage here;
    std::vector<mail_store> processes;
    for (int i = 0; i < 4; ++i) processes.push_back(here.connect());
    std::map<std::string, int> winners;
    const auto claim = [&](mail_store& process, std::string mail, std::string holder) -> awaitable<> {
        const auto found = co_await process.claim(mail, holder, 1h);
        BOOST_TEST((found.what != kind::sent));
        winners[mail] += found.what == kind::ours;
    };
    const auto all = [&](scope& at_once) -> awaitable<> {
        for (int mail = 0; mail < 25; ++mail)
            for (std::size_t i = 0; i < processes.size(); ++i)
                at_once.spawn(claim(processes[i], "o-" + std::to_string(mail), std::to_string(i)));
        co_return;
    };
    co_await with_scope({}, all);
    BOOST_TEST(winners.size() == 25u);
    for (const auto& [mail, count] : winners) BOOST_TEST(count == 1, mail);
}
