#pragma once

#include "sluice/http/message.hpp"

#include <string_view>

namespace sluice::http {

/// A file of a page, carried by the program: the text lives as long as it does.
struct asset {
    std::string_view name;  ///< "analytics.js"
    std::string_view type;  ///< "text/javascript"
    std::string_view content;
};

/// Answers with the file. A browser that shows it loads, runs and asks nothing but what this server has: no script in
/// the page itself, nothing from elsewhere, no frame around it (Content Security Policy, level 3). It asks
/// again each time, so that a page and its scripts are always of one program.
response answer(const asset& what);

}  // namespace sluice::http
