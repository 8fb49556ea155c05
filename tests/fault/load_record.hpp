#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/record/codec.hpp"

#include <boost/crc.hpp>
#include <boost/describe.hpp>

#include <cstdint>
#include <string>

namespace fault {

/// What becomes of a record that a fault test sends: `well` is handled at once, `shaky` fails twice before, `poison`
/// fails always.
enum class fate { well, shaky, poison };
BOOST_DESCRIBE_ENUM(fate, well, shaky, poison)

/// The known input: for each key the numbers from 0 on, each with a checksum of what it says.
struct load_record {
    std::string key;
    std::int64_t number = 0;
    fault::fate fate = fate::well;
    std::int64_t sum = 0;
};
BOOST_DESCRIBE_STRUCT(load_record, (), (key, number, fate, sum))

inline std::int64_t sum_of(const load_record& what)
{
    static constexpr const char* fates[] = {"well", "shaky", "poison"};
    const auto text = what.key + "/" + std::to_string(what.number) + "/" + fates[static_cast<int>(what.fate)];
    boost::crc_32_type crc;
    crc.process_bytes(text.data(), text.size());
    return crc.checksum();
}

}  // namespace fault
