#include "sluice/kafka/detail/group_membership.hpp"

#include <cstring>

namespace sluice::kafka::detail {

// librdkafka 2.0 has no other way to read what is in it.
bool names_a_member(std::string_view serialised) noexcept
{
    constexpr std::string_view magic = "CGMDv2:";
    std::int32_t generation = -1;
    if (!serialised.starts_with(magic) || serialised.size() < magic.size() + sizeof generation) return false;
    serialised.remove_prefix(magic.size());
    std::memcpy(&generation, serialised.data(), sizeof generation);
    serialised.remove_prefix(sizeof generation);
    const auto group_end = serialised.find('\0');
    if (group_end == std::string_view::npos || group_end + 1 >= serialised.size()) return false;
    return generation >= 0 && serialised[group_end + 1] != '\0';
}

membership membership_of(rd_kafka_t* consumer)
{
    if (rd_kafka_assignment_lost(consumer)) return nullptr;
    group_metadata_handle found{rd_kafka_consumer_group_metadata(consumer)};
    if (!found) return nullptr;
    void* bytes = nullptr;
    std::size_t size = 0;
    const error_handle failed{rd_kafka_consumer_group_metadata_write(found.get(), &bytes, &size)};
    if (failed) return nullptr;
    const bool member = names_a_member({static_cast<const char*>(bytes), size});
    rd_kafka_mem_free(consumer, bytes);
    if (!member) return nullptr;
    return std::shared_ptr<const rd_kafka_consumer_group_metadata_t>{std::move(found)};
}

const rd_kafka_consumer_group_metadata_t* to_metadata(const membership& of) noexcept
{
    return static_cast<const rd_kafka_consumer_group_metadata_t*>(of.get());
}

}  // namespace sluice::kafka::detail
