#pragma once

#include "sluice/kafka/detail/handles.hpp"
#include "sluice/record/broker.hpp"
#include "sluice/telemetry/log.hpp"

#include <set>
#include <string>

namespace sluice::kafka::detail {

/// Which of librdkafka's errors are worth an event: it repeats itself for as long as a broker is away, and mends most
/// by itself. Each trouble is told once, until all was well in between.
class troubles {
public:
    /// `whose`: "group orders", the beginning of every message.
    troubles(logger log, std::string whose) : log_{std::move(log)}, whose_{std::move(whose)} {}

    /// What to tell of an event of type RD_KAFKA_EVENT_ERROR.
    [[nodiscard]] std::optional<failed> tell(rd_kafka_t* client, rd_kafka_event_t& event);
    void well() { told_.clear(); }

private:
    logger log_;
    std::string whose_;
    std::set<std::string, std::less<>> told_;
};

}  // namespace sluice::kafka::detail
