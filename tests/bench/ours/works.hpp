#pragma once

#include "given.hpp"

#include <string>

namespace sluice::bench {

/// A work of the framework's: does what the options say, and returns one flat JSON object of numbers. Throws what went
/// wrong.
using work = std::string (*)(const given&);

std::string consume_batch(const given&);
std::string consume_delays(const given&);
std::string consume_each(const given&);
std::string send_batches(const given&);
std::string send_waiting(const given&);
std::string transform(const given&);
std::string latency(const given&);
std::string first_record(const given&);
std::string consume_typed(const given&);
std::string decode(const given&);
std::string http_checkout(const given&);
std::string memory(const given&);
std::string shards(const given&);

}  // namespace sluice::bench
