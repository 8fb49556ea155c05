#pragma once

#include "sluice/base/result.hpp"

#include <librdkafka/rdkafka.h>

#include <optional>
#include <string>
#include <string_view>

/// librdkafka's error codes in the framework's words.
namespace sluice::kafka {

/// librdkafka's codes and their texts.
const boost::system::error_category& kafka_category() noexcept;
error_code make_error_code(rd_kafka_resp_err_t code) noexcept;

/// What callers branch on; none where they have nothing to decide.
std::optional<errc> outcome_of(rd_kafka_resp_err_t code) noexcept;

/// The outcome where there is one, else librdkafka's code, with the words "<what failed>: <text> (<NAME>)".
/// `text`: librdkafka's own words where it gave any, else the code's.
error make_error(rd_kafka_resp_err_t code, std::string_view what_failed, std::string_view text = {});
/// A fatal `error` is `errc::fatal`.
error make_error(const rd_kafka_error_t& error, std::string_view what_failed);
/// The same as a result: success for RD_KAFKA_RESP_ERR_NO_ERROR.
result<> check(rd_kafka_resp_err_t code, std::string_view what_failed);

}  // namespace sluice::kafka
