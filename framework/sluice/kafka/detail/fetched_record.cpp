#include "sluice/kafka/detail/fetched_record.hpp"

#include "sluice/base/recycled.hpp"

namespace sluice::kafka::detail {
namespace {

class fetched_bytes final : public record_bytes, public recycled<fetched_bytes> {
public:
    fetched_bytes(event_handle event, const rd_kafka_message_t& message) : event_{std::move(event)}, message_{message}
    {
    }

    // librdkafka parses them when they are asked for, and most never are.
    [[nodiscard]] std::vector<header_view> headers() const override
    {
        std::vector<header_view> views;
        each([&](const header_view& one) { views.push_back(one); });
        return views;
    }

    [[nodiscard]] std::optional<header_view> find_last(std::string_view name) const override
    {
        std::optional<header_view> last;
        each([&](const header_view& one) {
            if (one.name == name) last = one;
        });
        return last;
    }

private:
    template <class Visit>
    void each(Visit visit) const
    {
        rd_kafka_headers_t* all = nullptr;
        if (rd_kafka_message_headers(&message_, &all) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        for (std::size_t i = 0; rd_kafka_header_get_all(all, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
             ++i)
            visit(
                {name, value ? std::optional{std::string_view{static_cast<const char*>(value), size}} : std::nullopt});
    }

    event_handle event_;
    const rd_kafka_message_t& message_;
};

std::optional<std::string_view> view(const void* bytes, std::size_t size)
{
    if (!bytes) return std::nullopt;
    return std::string_view{static_cast<const char*>(bytes), size};
}

timestamp time_of(const rd_kafka_message_t& message)
{
    rd_kafka_timestamp_type_t type{};
    const auto since_epoch = rd_kafka_message_timestamp(&message, &type);
    return timestamp{std::chrono::milliseconds{type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? 0 : since_epoch}};
}

}  // namespace

record to_record(event_handle event, const rd_kafka_message_t& message, std::string_view topic)
{
    const record::fields where{.topic = topic,
                               .partition = message.partition,
                               .offset = message.offset,
                               .time = time_of(message),
                               .key = view(message.key, message.key_len),
                               .value = view(message.payload, message.len)};
    return {where, std::make_unique<fetched_bytes>(std::move(event), message)};
}

}  // namespace sluice::kafka::detail
