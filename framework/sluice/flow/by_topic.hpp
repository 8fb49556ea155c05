#pragma once

#include "sluice/flow/batch.hpp"
#include "sluice/record/topic.hpp"

#include <string>
#include <vector>

namespace sluice {

/// A topic, which outlives it, and what handles its records.
struct topic_handler {
    const topic_declaration* from;
    any_handler handle;
};

/// One handler for a flow of `group` whose source reads several topics: that of the record's source topic, be it that
/// the record comes by a retry topic or is redriven. The records of a batch are of one partition or key, so of one
/// topic. Throws `failure` (`errc::invalid`) for a topic that comes twice, for none, and where handlers of records and
/// of batches are mixed.
any_handler by_topic(const std::string& group, std::vector<topic_handler> handlers);

}  // namespace sluice
