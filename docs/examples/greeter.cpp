#include <sluice/flow/failure.hpp>
#include <sluice/process/main.hpp>
#include <sluice/process/role.hpp>

using namespace sluice;
using namespace std::chrono_literals;

struct signed_up {
    std::string user_id, email;
};
BOOST_DESCRIBE_STRUCT(signed_up, (), (user_id, email))
struct letter {
    std::string to, subject;
};
BOOST_DESCRIBE_STRUCT(letter, (), (to, subject))

const topic sign_ups{"user.signed-up", &signed_up::user_id};
const topic letters{"letter.wanted", &letter::to};

awaitable<reply> welcome(signed_up user, context&)
{
    if (user.email.empty()) throw permanent_failure{"there is no address"};
    co_return emit(letters, {user.email, "Welcome, " + user.user_id});
}

awaitable<> greeter(role& self)
{
    auto users = self.flow(sign_ups, {.order = by_key{.running = 64}})
                     .retry({.attempts = 5, .first_delay = 200ms, .max_delay = 30s})
                     .dead_letter();
    co_await users.run(welcome);
}

int main(int argc, char** argv)
{
    const role_entry roles[] = {{"greeter", greeter, "Welcomes new users", reads{sign_ups}, writes{letters}}};
    return sluice::main(argc, argv, {.name = "greeter", .roles = roles});
}
