#include "welcome.hpp"

#include <sluice/process/main.hpp>
#include <sluice/process/role.hpp>

using namespace std::chrono_literals;

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
