#include "counter.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace sluice::bench {
namespace {

std::atomic<std::uint64_t> count = 0;

}  // namespace

std::uint64_t allocations() noexcept
{
    return count.load(std::memory_order_relaxed);
}

namespace {

void counted() noexcept
{
    count.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace
}  // namespace sluice::bench

// The linker sends our objects' calls here (--wrap); Asio, which is one of them, takes its memory by aligned_alloc.
extern "C" {
void* __real_malloc(std::size_t);
void* __real_calloc(std::size_t, std::size_t);
void* __real_realloc(void*, std::size_t);
void* __real_aligned_alloc(std::size_t, std::size_t);
int __real_posix_memalign(void**, std::size_t, std::size_t);

void* __wrap_malloc(std::size_t size)
{
    sluice::bench::counted();
    return __real_malloc(size);
}

void* __wrap_calloc(std::size_t many, std::size_t size)
{
    sluice::bench::counted();
    return __real_calloc(many, size);
}

void* __wrap_realloc(void* old, std::size_t size)
{
    sluice::bench::counted();
    return __real_realloc(old, size);
}

void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size)
{
    sluice::bench::counted();
    return __real_aligned_alloc(alignment, size);
}

int __wrap_posix_memalign(void** made, std::size_t alignment, std::size_t size)
{
    sluice::bench::counted();
    return __real_posix_memalign(made, alignment, size);
}
}

namespace {

void* made(void* memory)
{
    if (!memory) throw std::bad_alloc{};
    return memory;
}

}  // namespace

// The other forms of the standard library call these.
void* operator new(std::size_t size)
{
    sluice::bench::counted();
    return made(__real_malloc(size));
}

void* operator new(std::size_t size, std::align_val_t alignment)
{
    sluice::bench::counted();
    const auto to = static_cast<std::size_t>(alignment);
    return made(__real_aligned_alloc(to, (size + to - 1) / to * to));
}

void operator delete(void* memory) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, std::align_val_t) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, std::size_t, std::align_val_t) noexcept
{
    std::free(memory);
}
