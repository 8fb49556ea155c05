#include "sluice/record/record_id.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace sluice {
namespace {

std::atomic<unsigned> forks = 0;

/// The system's random bytes, asked for many at a time: a call for each id costs more than the rest of it.
class random_bytes {
public:
    random_bytes()
    {
        // Parent and child must not draw the same.
        static const int registered = pthread_atfork(nullptr, nullptr, [] { ++forks; });
        if (registered != 0) throw std::system_error{registered, std::system_category(), "pthread_atfork"};
    }

    void draw(void* into, std::size_t size)
    {
        if (left_ < size || forks_ != forks) refill();
        left_ -= size;
        std::memcpy(into, bytes_.data() + left_, size);
    }

private:
    void refill()
    {
        if (getentropy(bytes_.data(), bytes_.size()) != 0)
            throw std::system_error{errno, std::system_category(), "getentropy"};
        left_ = bytes_.size();
        forks_ = forks;
    }

    std::array<unsigned char, 256> bytes_;  // what one call gives at most
    std::size_t left_ = 0;
    unsigned forks_ = 0;
};

}  // namespace

record_id record_id::of(const record& what)
{
    if (const auto id = what.header(header_name); id && !id->empty()) return record_id{std::string{*id}};
    return record_id{std::string{what.topic()} + '/' + std::to_string(what.partition()) + '/' +
                     std::to_string(what.offset())};
}

record_id record_id::random()
{
    static thread_local random_bytes from;
    boost::uuids::uuid id{};
    from.draw(id.data, sizeof id.data);
    id.data[6] = static_cast<std::uint8_t>((id.data[6] & 0x0f) | 0x40);  // version 4
    id.data[8] = static_cast<std::uint8_t>((id.data[8] & 0x3f) | 0x80);  // RFC 9562's variant
    return record_id{to_string(id)};
}

record_id record_id::caused_by(const record_id& cause, std::string_view handler, std::size_t ordinal)
{
    // The namespace of every Sluice record id, itself made once at random.
    static constexpr boost::uuids::uuid space{
        {0x5b, 0x1d, 0x6e, 0x0c, 0x3a, 0x52, 0x4f, 0x0e, 0x9a, 0x6d, 0x0f, 0x3c, 0x77, 0x1e, 0x84, 0x21}};
    std::string name = cause.text();
    name.append(1, '\0').append(handler).append(1, '\0').append(std::to_string(ordinal));
    return record_id{to_string(boost::uuids::name_generator_sha1{space}(name))};
}

}  // namespace sluice
