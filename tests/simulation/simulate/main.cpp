// simulate: the real flow on a simulated broker, seed after seed. What `./dev simulate` calls.
#include "simulation/simulate/options.hpp"
#include "simulation/world/shrink.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <iomanip>
#include <iostream>
#include <span>

namespace {

using namespace sluice::testing;

// On a terminal only: one line that is written over.
class progress_line {
public:
    ~progress_line() { clear(); }
    void show(const std::string& text)
    {
        const auto now = std::chrono::steady_clock::now();
        if (!is_live_ || now < next_) return;
        next_ = now + std::chrono::milliseconds{100};
        std::cerr << "\r\033[K" << text << std::flush;
        shown_ = true;
    }
    void clear()
    {
        if (std::exchange(shown_, false)) std::cerr << "\r\033[K" << std::flush;
    }

private:
    bool is_live_ = isatty(STDERR_FILENO) != 0;
    bool shown_ = false;
    std::chrono::steady_clock::time_point next_;
};

// What all runs together came to.
struct sum {
    std::size_t seeds = 0, records = 0, handled = 0, repeated = 0, dead_lettered = 0, detoured = 0, expired = 0;
    std::array<std::size_t, happenings> happened{};

    void add(const run_report& one)
    {
        ++seeds;
        records += one.records;
        handled += one.handled;
        repeated += one.repeated;
        dead_lettered += one.dead_lettered;
        detoured += one.detoured;
        expired += one.expired;
        for (const auto& each : one.taken) ++happened.at(static_cast<std::size_t>(each.what));
    }

    [[nodiscard]] std::vector<std::pair<std::string, std::size_t>> rows() const
    {
        std::vector<std::pair<std::string, std::size_t>> all;
        for (std::size_t what = 0; what < happenings; ++what)
            all.emplace_back(to_string(static_cast<happening>(what)), happened.at(what));
        all.emplace_back("record delivered again", repeated);
        all.emplace_back("record dead-lettered", dead_lettered);
        all.emplace_back("record on a detour", detoured);
        all.emplace_back("record expired", expired);
        return all;
    }
};

std::string again(const simulate_options& how, std::uint64_t seed)
{
    return how.command + " --seed " + std::to_string(seed);
}

void print(std::span<const step> history)
{
    for (const auto& one : history) std::cout << to_string(one) << '\n';
}

// Up to where the invariant broke.
void print_end(const run_report& run, std::size_t most)
{
    const auto at = std::min(run.broken.front().at, run.history.size());
    const auto until = std::span{run.history}.first(at);
    if (until.size() > most) std::cout << "… " << until.size() - most << " steps before these\n";
    print(until.last(std::min(most, until.size())));
}

void print_broken(const run_report& run)
{
    for (const auto& one : std::span{run.broken}.first(std::min<std::size_t>(3, run.broken.size())))
        std::cout << "  " << one.name << ": " << one.how << '\n';
    if (run.broken.size() > 3) std::cout << "  and " << run.broken.size() - 3 << " more\n";
}

void explain(const simulate_options& how, std::uint64_t seed, run_report run, progress_line& line)
{
    std::cout << "seed " << seed << " breaks " << run.broken.front().name << " (" << run.description << ")\n";
    print_broken(run);
    std::cout << "again: " << again(how, seed) << std::endl;
    alarm(0);
    if (!how.shrink) return;
    const auto shorter = shrink(seed, std::move(run), [&line](std::size_t left) {
        line.show("looking for a shorter history: " + std::to_string(left) + " decisions left");
    });
    line.clear();
    const auto& best = shorter.report;
    std::cout << "\nThe shortest history found, in " << shorter.runs << " runs: " << best.records << " records, "
              << best.taken.size() << " decisions";
    for (const auto& one : best.taken) std::cout << "\n  " << to_string(one.what) << " #" << one.number;
    std::cout << "\n\n";
    print_end(best, 300);
    print_broken(best);
}

// A seed can also end the program, or let it hang: by an assertion, or worse.
volatile std::sig_atomic_t running_seed = 0;

void tell_the_seed(int signal)
{
    char text[96];
    const auto length = std::snprintf(text, sizeof text, "\nseed %ld breaks the program: signal %d\n",
                                      static_cast<long>(running_seed), signal);
    [[maybe_unused]] const auto written = write(STDERR_FILENO, text, static_cast<std::size_t>(length));
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

int run(const simulate_options& how)
{
    for (const auto signal : {SIGABRT, SIGSEGV, SIGFPE, SIGBUS, SIGALRM}) std::signal(signal, tell_the_seed);
    sum all;
    std::size_t failed = 0;
    progress_line line;
    for (auto seed = how.seed; seed < how.seed + how.seeds && failed < how.failures; ++seed) {
        line.show("seed " + std::to_string(seed) + ", " + std::to_string(all.seeds) + " of " +
                  std::to_string(how.seeds) + " hold");
        running_seed = static_cast<std::sig_atomic_t>(seed);
        alarm(60);  // one that hangs, too
        auto seen = run_world(seed);
        all.add(seen);
        if (how.trace) print(seen.history);
        if (seen.broken.empty()) continue;
        ++failed;
        line.clear();
        explain(how, seed, std::move(seen), line);
    }
    line.clear();

    std::size_t rare = 0;
    for (const auto& [name, count] : all.rows()) {
        const bool is_rare = how.seeds >= 1000 && failed == 0 && 100 * count < how.seeds;
        rare += is_rare;
        std::cout << std::setw(12) << count << "  " << name << (is_rare ? "  (too rarely)" : "") << '\n';
    }
    std::cout << all.seeds << (all.seeds == 1 ? " seed, " : " seeds, ") << all.records << " records, handled "
              << all.handled << " times: ";
    if (failed != 0)
        std::cout << "invariants are broken\n";
    else if (rare != 0)
        std::cout << "the invariants hold, but some kinds of trouble hardly happened\n";
    else
        std::cout << "all invariants hold\n";
    return failed != 0 || rare != 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv)
{
    try {
        const auto how = parse_simulate_options({argv, argv + argc});
        if (!how) return 0;
        return run(*how);
    } catch (const bad_option& error) {
        std::cerr << "simulate: " << error.what() << '\n';
        return 2;
    }
}
