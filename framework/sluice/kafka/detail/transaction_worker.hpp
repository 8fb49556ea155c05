#pragma once

#include "sluice/kafka/detail/transaction_session.hpp"
#include "sluice/kafka/transactional_producer.hpp"

#include <atomic>
#include <memory>

namespace sluice::kafka::detail {

/// Carries transactions out, one after the other, and makes a new session when one is of no more use. Its calls
/// block: it belongs to a thread of its own, but for `stop`.
class transaction_worker {
public:
    /// Throws `failure`: the settings are bad.
    transaction_worker(settings cluster, transaction_producer_settings how, logger log);

    result<> open();
    transaction_result transact(const outgoing_batch& what, const positions& finished, const membership& of);
    result<std::int32_t> ask_partitions(const std::string& topic);
    /// Calls end soon from now on, and transactions that are open are not tried again. From any thread.
    void stop() noexcept { stop_ = true; }

private:
    void make_session();
    void note_fate(const transaction_outcome& what, time_point began);

    const settings cluster_;
    const transaction_producer_settings how_;
    const logger log_;
    std::atomic<bool> stop_ = false;
    std::unique_ptr<transaction_session> session_;
    bool begun_ = false;   // the session can run transactions
    bool single_ = false;  // the session's: one record a batch
    int fenced_ = 0;       // in a row
};

}  // namespace sluice::kafka::detail
