#pragma once

#include <boost/endian/conversion.hpp>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>

/// Numbers in headers as Java's `ByteBuffer` writes them, which is how Spring Kafka does.
namespace sluice::detail {

template <class Integer>
std::string big_endian(Integer value)
{
    const auto swapped = boost::endian::native_to_big(value);
    std::string bytes(sizeof swapped, '\0');
    std::memcpy(bytes.data(), &swapped, sizeof swapped);
    return bytes;
}

/// None unless there are exactly as many bytes as the number has.
template <class Integer>
std::optional<Integer> from_big_endian(std::string_view bytes)
{
    Integer value{};
    if (bytes.size() != sizeof value) return std::nullopt;
    std::memcpy(&value, bytes.data(), sizeof value);
    return boost::endian::big_to_native(value);
}

}  // namespace sluice::detail
