#include "sluice/kafka/detail/message.hpp"

#include "sluice/kafka/errors.hpp"

#include <array>
#include <chrono>

namespace sluice::kafka::detail {
namespace {

headers_handle to_headers(const headers& from)
{
    headers_handle made{rd_kafka_headers_new(from.size())};
    for (const auto& [name, value] : from)
        rd_kafka_header_add(made.get(), name.data(), static_cast<ssize_t>(name.size()), value ? value->data() : nullptr,
                            value ? static_cast<ssize_t>(value->size()) : 0);
    return made;
}

rd_kafka_vu_t memory(rd_kafka_vtype_t type, const std::optional<std::string>& bytes)
{
    rd_kafka_vu_t made{};
    made.vtype = type;
    made.u.mem.ptr = bytes ? const_cast<char*>(bytes->data()) : nullptr;
    made.u.mem.size = bytes ? bytes->size() : 0;
    return made;
}

}  // namespace

std::string what_failed(const outgoing& what)
{
    return "send to " + what.topic;
}

bool is_permanent(rd_kafka_resp_err_t code)
{
    const auto outcome = outcome_of(code);
    return outcome == errc::invalid || outcome == errc::not_found;
}

error failure_of(const outgoing& what, rd_kafka_resp_err_t code, rd_kafka_msg_status_t status, std::string_view text)
{
    auto failed = make_error(code, what_failed(what), text);
    if (status != RD_KAFKA_MSG_STATUS_NOT_PERSISTED)
        failed.code = make_error_code(errc::outcome_unknown);
    else if (is_permanent(code))
        failed.code = make_error_code(errc::invalid);
    else
        failed.code = make_error_code(errc::not_sent);
    return failed;
}

error assumed(const outgoing& what)
{
    return {errc::outcome_unknown, what_failed(what) + ": only later records of its partition were acknowledged"};
}

error_handle produce(rd_kafka_t* client, rd_kafka_topic_t* topic, const outgoing& what, void* opaque)
{
    std::array<rd_kafka_vu_t, 7> parts{};
    std::size_t count = 0;
    const auto part = [&](rd_kafka_vtype_t type) -> auto& {
        parts[count].vtype = type;
        return parts[count++].u;
    };
    part(RD_KAFKA_VTYPE_RKT).rkt = topic;
    part(RD_KAFKA_VTYPE_OPAQUE).ptr = opaque;
    parts[count++] = memory(RD_KAFKA_VTYPE_KEY, what.key);
    parts[count++] = memory(RD_KAFKA_VTYPE_VALUE, what.value);
    if (what.partition) part(RD_KAFKA_VTYPE_PARTITION).i32 = *what.partition;
    if (what.time) part(RD_KAFKA_VTYPE_TIMESTAMP).i64 = what.time->time_since_epoch().count();
    headers_handle headers;
    if (!what.headers.empty()) {
        headers = to_headers(what.headers);
        part(RD_KAFKA_VTYPE_HEADERS).headers = headers.get();
    }
    error_handle failed{rd_kafka_produceva(client, parts.data(), count)};
    if (!failed) static_cast<void>(headers.release());  // they are the message's now
    return failed;
}

rd_kafka_topic_t* topics::get(const std::string& name)
{
    auto& cached = all_[name];
    if (!cached) cached.reset(rd_kafka_topic_new(client_, name.c_str(), nullptr));
    return cached.get();
}

}  // namespace sluice::kafka::detail
