#include "sluice/kafka/detail/troubles.hpp"

#include "sluice/kafka/errors.hpp"

#include <array>

namespace sluice::kafka::detail {
namespace {

constexpr std::size_t most_told = 64;

// One connection, or one request, that librdkafka tries again; that all brokers are away has a code of its own.
bool mends_itself(rd_kafka_resp_err_t code)
{
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return false;
    const auto outcome = outcome_of(code);
    return outcome == errc::unavailable || outcome == errc::timed_out || outcome == errc::rebalancing;
}

}  // namespace

std::optional<failed> troubles::tell(rd_kafka_t* client, rd_kafka_event_t& event)
{
    const auto code = rd_kafka_event_error(&event);
    if (rd_kafka_event_error_is_fatal(&event) || code == RD_KAFKA_RESP_ERR__FATAL) {
        std::array<char, 512> reason{};
        const auto cause = rd_kafka_fatal_error(client, reason.data(), reason.size());
        auto fatal = make_error(cause, whose_, reason.data());
        fatal.code = sluice::make_error_code(errc::fatal);
        return failed{std::move(fatal)};
    }
    auto trouble = make_error(code, whose_, rd_kafka_event_error_string(&event));
    // How many brokers there are may change from one line to the next.
    const auto& key =
        code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ? std::string{rd_kafka_err2name(code)} : trouble.detail;
    if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF || mends_itself(code) || told_.size() == most_told ||
        !told_.insert(key).second) {
        log_.debug("{}", trouble.message());
        return std::nullopt;
    }
    return failed{std::move(trouble)};
}

}  // namespace sluice::kafka::detail
