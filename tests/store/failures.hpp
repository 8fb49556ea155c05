#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/result.hpp"

#include <boost/test/unit_test.hpp>

/// The failure that `work` ends with; none is an empty error.
inline sluice::awaitable<sluice::error> failure_of(sluice::awaitable<> work)
{
    try {
        co_await std::move(work);
    } catch (const sluice::failure& failed) {
        co_return failed.why();
    }
    co_return sluice::error{};
}

inline sluice::awaitable<> expect_failure(sluice::awaitable<> work, sluice::errc code)
{
    const auto why = co_await failure_of(std::move(work));
    BOOST_TEST((why == code), why.message());
}
