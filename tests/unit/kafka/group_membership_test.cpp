#include "sluice/kafka/detail/group_membership.hpp"

#include <boost/test/unit_test.hpp>

namespace sluice::kafka {
namespace {

std::string serialised(std::int32_t generation, const std::string& member)
{
    std::string bytes{"CGMDv2:"};
    bytes.append(reinterpret_cast<const char*>(&generation), sizeof generation);
    return bytes.append("group").append(1, '\0').append(member).append(1, '\0').append(2, '\0');
}

}  // namespace

// A broker takes offsets of "nobody, generation -1" without looking whose they are.
BOOST_AUTO_TEST_CASE(metadata_without_a_member_or_a_generation_is_no_membership)
{
    BOOST_TEST(detail::names_a_member(serialised(7, "member-1")));
    BOOST_TEST(detail::names_a_member(serialised(0, "m")));
    BOOST_TEST(!detail::names_a_member(serialised(-1, "member-1")));
    BOOST_TEST(!detail::names_a_member(serialised(7, "")));
    BOOST_TEST(!detail::names_a_member(serialised(-1, "")));
}

BOOST_AUTO_TEST_CASE(metadata_of_an_unknown_format_is_no_membership)
{
    const auto whole = serialised(7, "member-1");
    BOOST_TEST(!detail::names_a_member(""));
    BOOST_TEST(!detail::names_a_member("CGMDv3:" + whole.substr(7)));
    for (const std::size_t size : {7U, 9U, 11U, 14U, 17U})
        BOOST_TEST(!detail::names_a_member(std::string_view{whole}.substr(0, size)), size << " bytes");
}

}  // namespace sluice::kafka
