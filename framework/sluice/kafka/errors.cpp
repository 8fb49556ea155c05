#include "sluice/kafka/errors.hpp"

#include "sluice/kafka/detail/version.hpp"

namespace sluice::kafka {
namespace {

class category final : public boost::system::error_category {
    [[nodiscard]] const char* name() const noexcept override { return "kafka"; }

    [[nodiscard]] std::string message(int value) const override
    {
        return rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(value));
    }
};

}  // namespace

const boost::system::error_category& kafka_category() noexcept
{
    static const category instance;
    return instance;
}

error_code make_error_code(rd_kafka_resp_err_t code) noexcept
{
    return {code, kafka_category()};
}

std::optional<errc> outcome_of(rd_kafka_resp_err_t code) noexcept
{
    switch (static_cast<int>(code)) {
        case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS: return errc::rebalancing;

        case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
        case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
        case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
        case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        case detail::fenced_member_epoch:
        case detail::stale_member_epoch: return errc::assignment_lost;

        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        case RD_KAFKA_RESP_ERR__RESOLVE:
        case RD_KAFKA_RESP_ERR__WAIT_COORD:
        case RD_KAFKA_RESP_ERR__NODE_UPDATE:
        case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
        case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
        case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
        case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
        case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
        case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
        case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:  // a transaction is not decided yet
        case detail::unreleased_instance_id: return errc::unavailable;

        case RD_KAFKA_RESP_ERR__TIMED_OUT:
        case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
        case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT: return errc::timed_out;

        case RD_KAFKA_RESP_ERR__QUEUE_FULL: return errc::overloaded;
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE: return errc::not_sent;
        case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT: return errc::outcome_unknown;

        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND: return errc::not_found;
        case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: return errc::already_exists;

        case RD_KAFKA_RESP_ERR__INVALID_ARG:
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
        case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
        case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
        case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
        case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
        case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
        case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION: return errc::invalid;

        case RD_KAFKA_RESP_ERR__DESTROY: return errc::closed;
        case RD_KAFKA_RESP_ERR__FATAL:
        case RD_KAFKA_RESP_ERR__FENCED: return errc::fatal;
        default: return std::nullopt;
    }
}

error make_error(rd_kafka_resp_err_t code, std::string_view what_failed, std::string_view text)
{
    std::string words{what_failed};
    words.append(": ").append(text.empty() ? rd_kafka_err2str(code) : text);
    words.append(" (").append(rd_kafka_err2name(code)).append(")");
    const auto outcome = outcome_of(code);
    if (outcome) return {*outcome, std::move(words)};
    return {make_error_code(code), std::move(words)};
}

error make_error(const rd_kafka_error_t& error, std::string_view what_failed)
{
    auto made = make_error(rd_kafka_error_code(&error), what_failed, rd_kafka_error_string(&error));
    if (rd_kafka_error_is_fatal(&error)) made.code = make_error_code(errc::fatal);
    return made;
}

result<> check(rd_kafka_resp_err_t code, std::string_view what_failed)
{
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return make_error(code, what_failed);
}

}  // namespace sluice::kafka
