#pragma once

#include "sluice/base/async.hpp"

namespace sluice {
struct demo;
}

namespace orders {

/// The demo: places orders over HTTP at the asked rate (fine ones, some too large for the stock, a few records that
/// nobody can decode), watches where each ends, shows that, and judges: exit status 0 only if every accepted order
/// came out as reserved, rejected or dead-lettered.
sluice::awaitable<> run_demo(sluice::demo& self);

}  // namespace orders
