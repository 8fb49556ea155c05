#pragma once

#include "sluice/store/sql.hpp"
#include "sluice/store/sqlite.hpp"

#include <atomic>
#include <filesystem>
#include <memory>
#include <vector>

namespace sluice::store {

/// A SQLite file as a database. Work that writes runs on the file's one writing thread, to its end, with other work in
/// one commit; so it may wait for its statements only, and anything else that it waits for makes it fail
/// (`errc::invalid`). Work that reads runs on a reader's thread. Thread-safe: one object serves all loops of a process.
class sqlite_database final : public sql_database {
public:
    /// Others may use the file object too: they share its writer.
    sqlite_database(std::shared_ptr<sqlite> file, std::vector<sql_migrations> stores);
    /// A file of its own; touches it not yet.
    sqlite_database(std::filesystem::path file, std::vector<sql_migrations> stores);

    awaitable<> open() override;

private:
    awaitable<> run(access how, unit_of_work work) override;

    std::shared_ptr<sqlite> file_;
    std::vector<sql_migrations> stores_;
    std::atomic<bool> migrated_ = false;
};

}  // namespace sluice::store
