#pragma once

#include "sluice/base/result.hpp"
#include "sluice/http/message.hpp"

namespace sluice::http {

/// Takes the request's target apart into path, segments and query. Understands the origin form ("/a?b=c"), the absolute
/// form that proxies get ("http://host/a"), and "*". The error's detail says what is wrong with it.
result<> parse_target(request& into);

}  // namespace sluice::http
