#pragma once

#include "fault/worker/journal.hpp"
#include "sluice/record/source_decorator.hpp"

namespace fault {

/// A source that writes down what it tells and is told.
class recording_source final : public sluice::source_decorator {
public:
    recording_source(sluice::source& from, journal& to) : source_decorator{from}, journal_{to} {}

    sluice::awaitable<sluice::event> next() override;
    sluice::awaitable<sluice::result<>> give_up(sluice::partitions which) override;
    sluice::awaitable<sluice::result<>> commit(sluice::positions finished) override;
    sluice::awaitable<> close(sluice::time_point deadline) override;

private:
    journal& journal_;
    std::uint64_t commits_ = 0;
};

/// The header of an emitted record that says which record it was made from: "partition/offset".
inline constexpr std::string_view made_from = "made-from";

/// A sink that writes down what is acknowledged.
class recording_sink final : public sluice::sink {
public:
    recording_sink(sluice::sink& to, journal& notes) : to_{to}, journal_{notes} {}

    sluice::awaitable<sluice::result<sluice::position>> send(sluice::outgoing what) override;
    sluice::awaitable<std::vector<sluice::result<sluice::position>>> send_all(
        std::vector<sluice::outgoing> what) override;
    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view topic) const override
    {
        return to_.partitions_of(topic);
    }

private:
    sluice::sink& to_;
    journal& journal_;
};

/// A sink of transactions that writes down their beginnings and ends.
class recording_transactions final : public sluice::transactional_sink {
public:
    recording_transactions(sluice::transactional_sink& to, journal& notes) : to_{to}, journal_{notes} {}

    sluice::awaitable<boost::system::result<void, sluice::transaction_error>> transact(sluice::outgoing_batch what,
                                                                                       sluice::positions finished,
                                                                                       sluice::membership of) override;
    [[nodiscard]] std::optional<std::int32_t> partitions_of(std::string_view topic) const override
    {
        return to_.partitions_of(topic);
    }

private:
    sluice::transactional_sink& to_;
    journal& journal_;
    std::uint64_t transactions_ = 0;
};

}  // namespace fault
