#pragma once

#include "sluice/testing/postgres_server.hpp"

/// The server that the suite's cases share, running; each makes a schema of its own in it.
sluice::testing::postgres_server& shared_server();

/// Its URL, in an empty schema.
std::string url_of_new_schema();
