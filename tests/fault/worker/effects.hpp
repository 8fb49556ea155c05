#pragma once

#include "sluice/record/record_id.hpp"
#include "sluice/record/reply.hpp"
#include "sluice/store/sqlite_inbox.hpp"

namespace fault {

/// A handler's effect in a file: a row a record, once, whatever comes again.
class effects {
public:
    explicit effects(std::filesystem::path file)
        : store_{{.file = std::move(file),
                  .migrations = {sluice::store::sqlite_inbox::migration,
                                 "CREATE TABLE effects (at TEXT NOT NULL) STRICT"}}}
    {
    }

    /// Returns the reply that the first run made; throws what the store throws.
    sluice::awaitable<sluice::reply> have(sluice::record_id id, std::string at, sluice::reply made,
                                          sluice::timestamp now)
    {
        const auto work = [&](sluice::store::sqlite_transaction& within) {
            if (const auto before = inbox_.find(within, id.text())) return sluice::reply::decode(*before).value();
            within.execute("INSERT INTO effects VALUES (?)", {at});
            inbox_.put(within, id.text(), made.encode(), now);
            return made;
        };
        co_return co_await store_.write(work);
    }

private:
    sluice::store::sqlite store_;
    sluice::store::sqlite_inbox inbox_{"worker"};
};

}  // namespace fault
