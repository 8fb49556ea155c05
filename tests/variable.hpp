#pragma once

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <string>

/// What CMake gives a test by the environment.
inline std::string variable(const char* name)
{
    const char* value = std::getenv(name);
    BOOST_REQUIRE_MESSAGE(value != nullptr, name << " is not set");
    return value;
}
