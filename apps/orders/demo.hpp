#pragma once

#include "sluice/base/async.hpp"

namespace sluice {
struct demo;
}

namespace orders {

/// The demo: places orders over HTTP at the asked rate (fine ones, some too large for the stock, a few records that
/// nobody can decode), watches what becomes of each, shows that, and judges (`demo_verdict`): exit status 0 only if
/// every accepted order came to an end, and the books of all services say the same to the cent.
sluice::awaitable<> run_demo(sluice::demo& self);

}  // namespace orders
