#pragma once

#include "driver/figure.hpp"

#include <string>
#include <vector>

namespace sluice::bench {

// One path a file.
std::vector<figure> consume_figures();
std::vector<figure> send_figures();
std::vector<figure> transform_figures();
std::vector<figure> prompt_figures();
std::vector<figure> http_figures();
std::vector<figure> bounds_figures();

/// Of every path, in the order of the report.
std::vector<figure> all_figures();

/// The command of a work that needs Kafka, by the framework, by hand, and by hand with glibc's malloc.
std::vector<std::string> ours(std::string work, std::vector<std::string> options);
std::vector<std::string> raw(std::string work, std::vector<std::string> options);
std::vector<std::string> raw_glibc(std::string work, std::vector<std::string> options);

}  // namespace sluice::bench
