#include "sluice/flow/context.hpp"

namespace sluice {

logger context::log() const
{
    auto told = log_.with("topic", std::string{record_.topic()})
                    .with("partition", record_.partition())
                    .with("offset", record_.offset());
    if (const auto parent = trace()) told = told.with("trace", std::string{*parent});
    return told;
}

}  // namespace sluice
