#pragma once

#include <cstdint>

namespace sluice::bench {

/// How often memory was allocated in this process by C++ (each `operator new`, in whatever library) and by `malloc` and
/// its like as our own objects call them, since it began. What librdkafka allocates, by itself and in C, is not
/// counted.
std::uint64_t allocations() noexcept;

}  // namespace sluice::bench
