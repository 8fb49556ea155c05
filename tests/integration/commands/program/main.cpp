// A program built on the framework, for tests that start it and send it signals.
#include "sluice/process/main.hpp"

#include "integration/process/words.hpp"
#include "spans.hpp"

using namespace sluice;

namespace {

awaitable<reply> copy_word(word what, context& about)
{
    if (what.text == "slow") {
        about.log().info("slow");
        about.stage("waiting for better words");
        co_await work_for(std::chrono::hours{1});
    }
    co_return emit(copies, what);
}

awaitable<> copy(role& self)
{
    auto all = self.flow(words, {.group = "copiers"});
    co_await all.run(copy_word);
}

awaitable<> fail(role&)
{
    throw std::runtime_error{"no disk"};
    co_return;
}

}  // namespace

int main(int argc, char** argv)
{
    const role_entry roles[] = {
        {"copier", copy, "Copies words", reads{"copiers", {words}}, writes{copies}},
        {"fails", fail, "Fails at once"},
    };
    return sluice::main(argc, argv, program{.name = "words", .roles = roles, .version = "1.2"});
}
