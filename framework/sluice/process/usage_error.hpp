#pragma once

#include <stdexcept>

namespace sluice {

/// The one who started the program asked for something that cannot be: said in one line, exit status 2.
class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace sluice
