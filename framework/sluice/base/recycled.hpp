#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace sluice {
namespace detail {

// A sanitizer is to see each object come and go.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace detail

/// Base of a class whose objects come and go by the thousand: each thread keeps the memory of some that went for those
/// that come. `Object` is the class itself, and has no subclasses of another size. From any thread.
template <class Object>
class recycled {
public:
    static void* operator new(std::size_t size)
    {
        auto& mine = kept;
        if (!mine.first) return ::operator new(size);
        auto* const taken = mine.first;
        mine.first = taken->next;
        --mine.count;
        return taken;
    }

    static void operator delete(void* memory) noexcept
    {
        auto& mine = kept;
        if (mine.count >= most) return ::operator delete(memory);
        mine.first = new (memory) block{mine.first};
        ++mine.count;
    }

protected:
    recycled() = default;
    ~recycled() = default;

private:
    static constexpr std::size_t most = detail::sanitized ? 0 : 4096;

    struct block {
        block* next;
    };
    struct blocks {
        block* first = nullptr;
        std::size_t count = 0;

        // What the thread still deletes after this goes to the heap.
        ~blocks()
        {
            while (first) ::operator delete(std::exchange(first, first->next));
            count = most;
        }
    };

    inline static thread_local blocks kept;
};

}  // namespace sluice
