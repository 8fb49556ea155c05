#pragma once

#include "sluice/process/role_table.hpp"
#include "sluice/record/patient_sink.hpp"

namespace sluice {

/// Lets through what the role table declares; the rest is `errc::invalid`. Both outlive it.
class declared_sink final : public patient_sink {
public:
    declared_sink(const role_entry& entry, sink& to) : entry_{entry}, to_{to} {}

    awaitable<result<position>> send(outgoing what) override;
    awaitable<result<position>> send_until(outgoing what, time_point when) override;
    awaitable<std::vector<result<position>>> send_all(std::vector<outgoing> what) override;
    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view topic) const override
    {
        return to_.partitions_of(topic);
    }

private:
    const role_entry& entry_;
    sink& to_;
};

/// The same for transactions. `known` knows the partitions of topics.
class declared_transactions final : public transactional_sink {
public:
    declared_transactions(const role_entry& entry, transactional_sink& to, const sink& known)
        : entry_{entry},
          to_{to},
          known_{known}
    {
    }

    awaitable<boost::system::result<void, transaction_error>> transact(outgoing_batch what, positions finished,
                                                                       membership of) override;
    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view topic) const override
    {
        return known_.partitions_of(topic);
    }

private:
    const role_entry& entry_;
    transactional_sink& to_;
    const sink& known_;
};

}  // namespace sluice
