#include "sluice/base/base64.hpp"

#include <algorithm>
#include <cstdint>

namespace sluice {

void append_base64(std::string& to, std::string_view bytes)
{
    static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(3, bytes.size()))) {
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i) to += i > bytes.size() ? '=' : digits[group >> (18 - 6 * i) & 63];
    }
}

}  // namespace sluice
