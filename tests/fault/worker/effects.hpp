#pragma once

#include "sluice/record/record_id.hpp"
#include "sluice/record/reply.hpp"
#include "sluice/store/inbox.hpp"
#include "sluice/store/sqlite_database.hpp"

namespace fault {

/// A handler's effect in a file: a row a record, once, whatever comes again.
class effects {
public:
    explicit effects(std::filesystem::path file)
        : store_{std::move(file),
                 {sluice::store::inbox::migrations(), {"effects", {"create table effects (at text not null)"}}}}
    {
    }

    /// Returns the reply that the first run made; throws what the store throws.
    sluice::awaitable<sluice::reply> have(sluice::record_id id, std::string at, sluice::reply made,
                                          sluice::timestamp now)
    {
        const auto work = [&](sluice::store::sql_transaction& within) -> sluice::awaitable<sluice::reply> {
            const auto before = co_await inbox_.claim(within, id.text(), now);
            if (before) co_return sluice::reply::decode(*before).value();
            co_await within.execute("insert into effects values (?1)", at);
            co_await inbox_.keep(within, id.text(), made.encode());
            co_return made;
        };
        co_return co_await store_.write(work);
    }

private:
    sluice::store::sqlite_database store_;
    sluice::store::inbox inbox_{"worker"};
};

}  // namespace fault
