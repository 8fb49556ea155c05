#include "sluice/flow/stillness.hpp"

namespace sluice {

bool stillness::observe(std::optional<std::int64_t> at, time_point now, duration patience)
{
    if (at != at_) {
        at_ = at;
        since_ = now;
        next_ = now + patience;
        told_ = false;
    }
    if (!at_ || now < next_) return false;
    next_ = now + patience;
    told_ = true;
    return true;
}

}  // namespace sluice
