#pragma once

#include "sluice/testing/run_test.hpp"

#include <boost/test/unit_test.hpp>

/// A coroutine as a Boost.Test case, run by `run_test`:
///
///     SLUICE_TEST_CASE(a_record_is_acknowledged) { co_await …; }
///     SLUICE_TEST_CASE(a_broker_comes_back, 60s) { co_await …; }
///
/// The second argument is the limit of real time.
#define SLUICE_TEST_CASE(name, ...)                                                    \
    static ::sluice::awaitable<> name##_body();                                        \
    BOOST_AUTO_TEST_CASE(name)                                                         \
    {                                                                                  \
        ::sluice::testing::run_test(&name##_body, {__VA_OPT__(.limit = __VA_ARGS__)}); \
    }                                                                                  \
    static ::sluice::awaitable<> name##_body()

/// The same in virtual time: waiting costs nothing, and what happens is the same in every run.
#define SLUICE_VIRTUAL_TEST_CASE(name, ...)                                                                  \
    static ::sluice::awaitable<> name##_body();                                                              \
    BOOST_AUTO_TEST_CASE(name)                                                                               \
    {                                                                                                        \
        ::sluice::testing::run_test(&name##_body, {__VA_OPT__(.limit = __VA_ARGS__, ).virtual_time = true}); \
    }                                                                                                        \
    static ::sluice::awaitable<> name##_body()
