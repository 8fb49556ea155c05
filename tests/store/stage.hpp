#pragma once

#include "sluice/store/sql.hpp"

#include <memory>
#include <vector>

/// An empty database for one test case. Each suite that runs the cases of conformance.cpp says which.
class stage {
public:
    virtual ~stage() = default;
    /// Another object on the database, as another process would have.
    virtual std::unique_ptr<sluice::store::sql_database> connect(std::vector<sluice::store::sql_migrations> stores) = 0;
};

std::unique_ptr<stage> new_stage();
