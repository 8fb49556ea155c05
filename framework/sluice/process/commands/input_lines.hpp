#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/cancellation.hpp"
#include "sluice/base/offload.hpp"

#include <string>
#include <vector>

namespace sluice {

/// The lines of standard input, be it a terminal, a pipe or a file.
class input_lines {
public:
    explicit input_lines(offload& pool) : pool_{pool} {}

    /// Waits for lines; none at the end of the input, or when `stop` is cancelled.
    awaitable<std::vector<std::string>> next(cancellation_token stop);

private:
    offload& pool_;
    std::string rest_;  // the line that is not complete yet
};

}  // namespace sluice
