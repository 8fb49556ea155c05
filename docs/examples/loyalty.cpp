#include "loyalty.hpp"

#include <sluice/process/main.hpp>
#include <sluice/process/role.hpp>

awaitable<> loyalty(role& self)
{
    auto payments = self.flow(captured_payments).exactly_once().dead_letter();
    co_await payments.run(earn);
}

int main(int argc, char** argv)
{
    const role_entry roles[] = {{"loyalty", loyalty, "Gives points", reads{captured_payments}, writes{points_earned}}};
    return sluice::main(argc, argv, {.name = "loyalty", .roles = roles});
}
