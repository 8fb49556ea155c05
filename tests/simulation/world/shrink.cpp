#include "simulation/world/shrink.hpp"

#include <algorithm>

namespace sluice::testing {
namespace {

class shrinker {
public:
    shrinker(std::uint64_t seed, run_report broken, const std::function<void(std::size_t)>& progress, duration longest)
        : seed_{seed},
          name_{broken.broken.front().name},
          progress_{progress},
          until_{std::chrono::steady_clock::now() + longest},
          best_{.report = std::move(broken)}
    {
    }

    shrunk_run run()
    {
        for (std::size_t size = 0; size != size_now() && !is_over();) {
            size = size_now();
            parts_of(all_records());  // first, since fewer of them make the other runs quicker
            for (std::size_t what = 0; what < happenings; ++what) attempt(left(static_cast<happening>(what)));
            parts_of(left());
        }
        return std::move(best_);
    }

private:
    using some = std::vector<decision>;

    [[nodiscard]] std::size_t size_now() const { return best_.report.taken.size() + best_.report.records; }

    [[nodiscard]] some all_records() const
    {
        some all;
        for (std::uint32_t number = 0; number < best_.report.planned; ++number)
            if (const decision one{happening::record_left_out, number}; !best_.overruled.contains(one))
                all.push_back(one);
        return all;
    }

    [[nodiscard]] some left(std::optional<happening> only = {}) const
    {
        auto all = best_.report.taken;
        std::erase_if(all, [&](const decision& one) { return only && one.what != *only; });
        return all;
    }

    // Delta debugging: what is kept gets smaller by one part of it after the other, and the parts get smaller.
    void parts_of(some kept)
    {
        if (attempt(kept)) return;
        for (auto size = (kept.size() + 1) / 2; size > 0 && !is_over();) {
            for (std::size_t from = 0; from < kept.size();) {
                const auto first = kept.begin() + static_cast<std::ptrdiff_t>(from);
                const auto end = first + static_cast<std::ptrdiff_t>(std::min(size, kept.size() - from));
                if (attempt({first, end}))
                    kept.erase(first, end);
                else
                    from += size;
            }
            if (size == 1) break;
            size = (size + 1) / 2;
        }
    }

    [[nodiscard]] bool is_over() const { return std::chrono::steady_clock::now() >= until_; }

    // Whether the invariant breaks without these, too.
    bool attempt(const some& without)
    {
        if (without.empty() || is_over()) return false;
        ++best_.runs;
        progress_(best_.report.taken.size());
        auto overruled = best_.overruled;
        overruled.insert(without.begin(), without.end());
        auto next = run_world(seed_, overruled);
        if (!std::ranges::count(next.broken, name_, &broken_invariant::name)) return false;
        best_.report = std::move(next);
        best_.overruled = std::move(overruled);
        return true;
    }

    std::uint64_t seed_;
    std::string_view name_;
    const std::function<void(std::size_t)>& progress_;
    time_point until_;
    shrunk_run best_;
};

}  // namespace

shrunk_run shrink(std::uint64_t seed, run_report broken, const std::function<void(std::size_t left)>& progress,
                  duration longest)
{
    return shrinker{seed, std::move(broken), progress, longest}.run();
}

}  // namespace sluice::testing
