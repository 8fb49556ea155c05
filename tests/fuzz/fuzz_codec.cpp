#include "sluice/record/reply.hpp"
#include "unit/record/payloads.hpp"

#include <boost/json/parse.hpp>

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

}  // namespace

/// What the codec reads is JSON, and is read again from what it writes; hostile bytes are errors.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(bytes), size};
    boost::system::error_code malformed;
    boost::json::parse(text, malformed, {}, {.max_depth = 1000});
    const auto read = sluice::from_json<payloads::everything>(text);
    if (read) {
        require(!malformed);
        require(sluice::from_json<payloads::everything>(sluice::to_json(*read)).value() == *read);
    } else {
        require(read.error().what != sluice::decode_error::kind::malformed || malformed);
    }
    if (const auto reply = sluice::reply::decode(text))
        require(sluice::reply::decode(reply->encode()).value().records() == reply->records());
    return 0;
}
