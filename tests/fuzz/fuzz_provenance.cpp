#include "sluice/flow/provenance.hpp"
#include "sluice/flow/redrive.hpp"

#include <cstdlib>

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

// Headers from bytes: a length, a name; a length, a value; and so on. Names of the makers come from the dictionary
// that coverage makes.
sluice::headers cut(std::string_view bytes)
{
    sluice::headers all;
    const auto take = [&bytes] {
        const auto length = bytes.empty() ? std::size_t{0} : static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(bytes.empty() ? 0 : 1);
        const std::string part{bytes.substr(0, length)};
        bytes.remove_prefix(part.size());
        return part;
    };
    while (!bytes.empty()) {
        auto name = take();
        all.push_back({std::move(name), take()});
    }
    return all;
}

}  // namespace

/// Whatever the headers of a dead letter hold, it is read, and can be sent again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const auto letter =
        sluice::record::make({"t.g.dlt", 0}, 1, "k", "v", cut({reinterpret_cast<const char*>(bytes), size}));
    const auto from = sluice::provenance_of(letter);
    require(from.topic.size() <= 249 && from.error.size() <= 1024);
    require(from.partition.value_or(0) >= 0 && from.offset.value_or(0) >= 0 && from.redrives >= 0);
    const auto again = sluice::make_redrive(letter, from, {"t", 1});
    const auto then = sluice::provenance_of(sluice::record::make({"t", 0}, 1, again.key, again.value, again.headers));
    require(then.redrives > from.redrives || from.redrives == INT32_MAX);
    return 0;
}
