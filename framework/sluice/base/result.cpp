#include "sluice/base/result.hpp"

namespace sluice {
namespace {

class category final : public boost::system::error_category {
    [[nodiscard]] const char* name() const noexcept override { return "sluice"; }

    [[nodiscard]] std::string message(int value) const override
    {
        switch (static_cast<errc>(value)) {
            case errc::cancelled: return "cancelled";
            case errc::timed_out: return "timed out";
            case errc::not_sent: return "not sent";
            case errc::outcome_unknown: return "outcome unknown";
            case errc::rebalancing: return "the group is rebalancing";
            case errc::assignment_lost: return "assignment lost";
            case errc::closed: return "closed";
            case errc::overloaded: return "overloaded";
            case errc::invalid: return "invalid";
            case errc::not_found: return "not found";
            case errc::already_exists: return "already exists";
            case errc::unavailable: return "unavailable";
            case errc::corrupt: return "corrupt";
            case errc::fatal: return "fatal";
        }
        return "unknown error " + std::to_string(value);
    }
};

}  // namespace

const boost::system::error_category& sluice_category() noexcept
{
    static const category instance;
    return instance;
}

error_code make_error_code(errc code) noexcept
{
    return {static_cast<int>(code), sluice_category()};
}

}  // namespace sluice
