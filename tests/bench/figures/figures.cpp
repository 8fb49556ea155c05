#include "figures.hpp"

#include <iterator>
#include <utility>

namespace sluice::bench {
namespace {

std::vector<std::string> command(std::string program, std::string work, std::vector<std::string> options)
{
    std::vector<std::string> all{std::move(program), std::move(work), "--bootstrap", "{bootstrap}"};
    all.insert(all.end(), std::make_move_iterator(options.begin()), std::make_move_iterator(options.end()));
    return all;
}

}  // namespace

std::vector<std::string> ours(std::string work, std::vector<std::string> options)
{
    return command("bench-ours", std::move(work), std::move(options));
}

std::vector<std::string> raw(std::string work, std::vector<std::string> options)
{
    return command("bench-raw", std::move(work), std::move(options));
}

std::vector<std::string> raw_glibc(std::string work, std::vector<std::string> options)
{
    return command("bench-raw-glibc", std::move(work), std::move(options));
}

std::vector<figure> all_figures()
{
    std::vector<figure> all;
    for (auto some : {consume_figures, send_figures, transform_figures, prompt_figures, http_figures, bounds_figures})
        for (auto& each : some()) all.push_back(std::move(each));
    return all;
}

}  // namespace sluice::bench
