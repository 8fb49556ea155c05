#pragma once

#include "sluice/flow/holding.hpp"

namespace sluice {

/// Records of retry topics whose time has not come wait in the log: their partition is held back, and read again from
/// the first of them on when it is due. Others go on meanwhile, and the membership stays.
class postponing {
public:
    postponing(source& from, holding& held, const flow_settings& settings, clock& time);

    /// Whether a record that was just read is to wait, which is then arranged for, or is behind one that does.
    bool waits(assignment& of, const record& what);

private:
    source& from_;
    holding& held_;
    clock& time_;
    duration longest_{};  // a detour of this flow
};

}  // namespace sluice
