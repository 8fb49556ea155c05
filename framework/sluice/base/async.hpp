#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

namespace sluice {

namespace asio = boost::asio;

/// What every coroutine of the framework returns. It starts when it is awaited or spawned in a `scope`.
template <class T = void>
using awaitable = asio::awaitable<T>;

}  // namespace sluice
