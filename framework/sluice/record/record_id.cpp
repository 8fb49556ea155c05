#include "sluice/record/record_id.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace sluice {

record_id record_id::of(const record& what)
{
    if (const auto id = what.header(header_name); id && !id->empty()) return record_id{std::string{*id}};
    return record_id{std::string{what.topic()} + '/' + std::to_string(what.partition()) + '/' +
                     std::to_string(what.offset())};
}

record_id record_id::random()
{
    static thread_local boost::uuids::random_generator generate;
    return record_id{to_string(generate())};
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
