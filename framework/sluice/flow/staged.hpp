#pragma once

#include <string>
#include <utility>

namespace sluice {

/// What runs and can say what it waits for, for whoever asks why a partition does not move.
class staged {
public:
    /// Says what the handler is waiting for: "the payment provider".
    void stage(std::string what) { stage_ = std::move(what); }
    [[nodiscard]] const std::string& stage() const noexcept { return stage_; }

private:
    std::string stage_;
};

}  // namespace sluice
