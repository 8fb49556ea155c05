#include <boost/test/tree/observer.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <cstdlib>

#include <execinfo.h>
#include <unistd.h>

namespace {

// A call that never returns cannot be cancelled by the time limits of the tests themselves.
unsigned longest_case()  // seconds, sanitizers included; the long form of fault tests is given more
{
    const char* given = std::getenv("TEST_LONGEST_CASE");
    return given == nullptr ? 240 : static_cast<unsigned>(std::strtoul(given, nullptr, 10));
}

// A case that blocks is told by name, with the stack of where it blocks, before ctest kills the process without a word.
class hang_observer : public boost::unit_test::test_observer {
public:
    hang_observer()
    {
        boost::unit_test::framework::register_observer(*this);
        std::signal(SIGALRM, &hang_observer::tell);
    }
    ~hang_observer() override { boost::unit_test::framework::deregister_observer(*this); }

    void test_unit_start(const boost::unit_test::test_unit& which) override { watch(which, longest_case()); }
    void test_unit_finish(const boost::unit_test::test_unit& which, unsigned long) override { watch(which, 0); }

private:
    static void watch(const boost::unit_test::test_unit& which, unsigned seconds)
    {
        if (which.p_type != boost::unit_test::TUT_CASE) return;
        name = which.p_name.get();
        alarm(seconds);
    }

    static void tell(int)
    {
        constexpr std::string_view hangs = " hangs here:\n";
        static_cast<void>(!write(STDERR_FILENO, name.data(), name.size()));
        static_cast<void>(!write(STDERR_FILENO, hangs.data(), hangs.size()));
        std::array<void*, 64> frames{};
        backtrace_symbols_fd(frames.data(), backtrace(frames.data(), frames.size()), STDERR_FILENO);
        std::signal(SIGABRT, SIG_DFL);
        std::abort();
    }

    static inline std::string_view name;
};

}  // namespace

int main(int argc, char** argv)
{
    const hang_observer watching;
    return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
