#include "sluice/flow/batch_context.hpp"

namespace sluice {

logger batch_context::log() const
{
    return log_.with("topic", std::string{record(0).topic()})
        .with("partition", record(0).partition())
        .with("offset", record(0).offset());
}

}  // namespace sluice
