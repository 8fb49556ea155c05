#include "sluice/base/base64.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(base64)

BOOST_AUTO_TEST_CASE(bytes_are_written_as_rfc_4648_does)
{
    using namespace std::string_literals;
    const std::pair<std::string, std::string> cases[]{{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"},
                                                      {"\0\xff"s, "AP8="},
                                                      {"\xfb\xff\xfe", "+//+"}};
    for (const auto& [bytes, text] : cases) {
        std::string written;
        sluice::append_base64(written, bytes);
        BOOST_TEST(written == text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
