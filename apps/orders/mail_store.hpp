#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/clock.hpp"
#include "sluice/store/sql.hpp"

#include <memory>
#include <string>
#include <vector>

namespace orders {

/// Which mails have been sent, and who is sending one: claim, send, mark. A claim is a lease, so that nobody else sends
/// meanwhile, and so that somebody does when the claimant is gone. Times are of the processes' clocks, which are to
/// agree better than the lease is longer than a send. As thread-safe as its database.
class mail_store {
public:
    /// What the database is to be made with.
    static std::vector<sluice::store::sql_migrations> migrations();

    explicit mail_store(std::shared_ptr<sluice::store::sql_database> where) : where_{std::move(where)} {}

    struct answer {
        enum class kind {
            ours,    ///< to send; `when`: the time of the first claim, the mail's date
            others,  ///< somebody is sending it, or has stopped in the middle; `when`: the end of that lease
            sent     ///< `when`: at that time, the same in every answer
        };
        kind what{};
        sluice::timestamp when;
    };
    /// Takes the mail of this name for `holder`, which is another name in each try, unless it is sent or claimed.
    sluice::awaitable<answer> claim(std::string name, std::string holder, sluice::duration lease);
    /// Gives a claim back before its time. Nothing happens where it is another's by now.
    sluice::awaitable<> release(std::string name, std::string holder);
    /// It has been sent, just now; returns since when that has been on record.
    sluice::awaitable<sluice::timestamp> mark_sent(std::string name);

    /// Forgets mails that were sent before `until`, and those that nobody has held since.
    sluice::awaitable<> forget(sluice::timestamp until);

private:
    std::shared_ptr<sluice::store::sql_database> where_;
};

}  // namespace orders
