#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/kafka/detail/client.hpp"
#include "sluice/kafka/detail/message.hpp"
#include "sluice/record/broker.hpp"

#include <atomic>
#include <map>
#include <optional>

namespace sluice::kafka::detail {

using transaction_result = boost::system::result<void, transaction_error>;

/// What became of a transaction, and of the session that it ran on.
struct transaction_outcome {
    transaction_result told;
    bool over = false;     ///< the session is of no more use
    bool fenced = false;   ///< because another has its transactional id, or the broker ran out of patience
    bool suspect = false;  ///< the broker refused whole batches: not every one of `never` need be to blame
};

/// One librdkafka producer with a transactional id, from its making to its end. Its calls block: it belongs to a
/// thread of its own. It never stands in the middle of a transaction between two calls.
class transaction_session {
public:
    /// Once `stop` is true no call waits for long any more. Throws `failure`.
    transaction_session(const settings& from, const properties& own, const logger& log, const std::atomic<bool>& stop);
    transaction_session(const transaction_session&) = delete;
    transaction_session& operator=(const transaction_session&) = delete;
    /// Blocks until librdkafka's threads have ended.
    ~transaction_session();

    /// Ends what an earlier producer of this id left open: once, before the first `run`. May be called again after
    /// `errc::unavailable`. `errc::fatal`: this session can never.
    result<> begin(time_point until);
    /// A whole transaction, `until` is how long it may be tried.
    transaction_outcome run(outgoing_batch what, const positions& finished, const membership& of, time_point until);

    [[nodiscard]] rd_kafka_t* handle() const noexcept { return client_.get(); }

private:
    /// What to do after an error.
    enum class remedy { none, again, abort, end };
    struct trouble {
        remedy what = remedy::none;
        transaction_error why{};
    };

    void on_report(const rd_kafka_message_t& message);
    trouble produce_all(time_point until);
    trouble send_offsets(const positions& finished, const membership& of, time_point until);
    trouble flush(time_point until);
    trouble commit(time_point until);
    [[nodiscard]] bool abort(time_point until);
    template <class Call>
    trouble repeat(const char* what, time_point until, Call call);
    [[nodiscard]] bool in_time(time_point until) const;
    transaction_outcome aborted(trouble after);

    const std::atomic<bool>& stop_;
    detail::client client_;
    std::optional<detail::topics> topics_;
    outgoing_batch sending_;  // librdkafka points to its values
    std::map<std::size_t, error> refused_;
    std::optional<error> undelivered_;  // the first that was not
    bool by_broker_ = false;            // one of them at least
    bool fenced_ = false;
};

}  // namespace sluice::kafka::detail
