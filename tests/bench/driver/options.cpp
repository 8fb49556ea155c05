#include "options.hpp"

#include "sluice/base/nearest.hpp"

#include <boost/program_options.hpp>

#include <sstream>

namespace sluice::bench {
namespace {

namespace program = boost::program_options;

program::options_description described(options& into)
{
    program::options_description all{"options"};
    all.add_options()("json", program::value(&into.json)->value_name("FILE"), "a line of JSON for each bar")(
        "plot", program::value(&into.plot)->value_name("FILE"), "a picture of the bars (SVG)")(
        "rounds", program::value(&into.rounds)->value_name("N"), "rounds that count, after one that warms up (5)")(
        "list", program::bool_switch(&into.list), "only say which figures there are")(
        "servers", program::value(&into.bootstrap)->value_name("HOST:PORT"),
        "a Kafka that runs, instead of one of its own; topics of an earlier bench are used again")(
        "folder", program::value(&into.folder)->value_name("DIR"), "for Kafka's files (build/bench)")(
        "jars", program::value(&into.jars)->value_name("DIR"), "of Apache Kafka (TEST_KAFKA_JARS)")(
        "help", program::bool_switch(&into.help), "this");
    return all;
}

std::vector<std::string> flags()
{
    options none;
    std::vector<std::string> all;
    const auto known = described(none);
    for (const auto& each : known.options()) all.push_back("--" + each->long_name());
    return all;
}

}  // namespace

options read_options(int argc, const char* const* argv)
{
    options given;
    auto known = described(given);
    known.add_options()("figure", program::value(&given.names));
    program::positional_options_description positions;
    positions.add("figure", -1);
    try {
        program::variables_map values;
        const auto style = program::command_line_style::unix_style & ~program::command_line_style::allow_guessing;
        program::store(program::command_line_parser{argc, argv}.options(known).positional(positions).style(style).run(),
                       values);
        program::notify(values);
    } catch (const program::unknown_option& error) {
        throw usage_error{"no option " + error.get_option_name() + did_you_mean(error.get_option_name(), flags())};
    } catch (const program::error& error) {
        throw usage_error{error.what()};
    }
    if (given.rounds < 1) throw usage_error{"--rounds is at least 1"};
    return given;
}

std::string help_text()
{
    options none;
    std::ostringstream text;
    text
        << "usage: sluice-bench [FIGURE…] [options]\n"
           "Runs each figure's work by the framework and by its baselines in turn, and holds the medians against what\n"
           "is promised. FIGURE is a name, or how names begin.\n\n"
        << described(none)
        << "\nstatus: 0 every bar is met, 3 some is not, 1 a worker failed, 2 the command line is wrong\n";
    return text.str();
}

}  // namespace sluice::bench
