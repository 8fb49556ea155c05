#pragma once

#include "sluice/flow/lanes.hpp"
#include "sluice/record/broker.hpp"

#include <list>
#include <memory>
#include <optional>
#include <vector>

namespace sluice {

/// What goes into one transaction, until it is known that it was committed: finished records, what they left to be
/// sent, and how far they bring their partitions. Pure.
class parcel {
public:
    /// The next records of a partition, in the order of the log, maybe none; all below `end` is finished then.
    void add(std::shared_ptr<assignment> of, std::list<work> finished, position end);
    /// Takes what is to be sent out of the records; after the last `add`.
    void seal();

    /// Whose outputs stand at these places of `what`.
    [[nodiscard]] std::vector<work*> senders_of(const std::vector<std::size_t>& places);
    /// Where it brings a partition that is not given up and of which it has a record.
    [[nodiscard]] std::optional<position> witness() const;
    /// Takes the metadata off all its ends; whether there was any.
    bool hush();
    /// Leaves out the partitions that are given up, returning their records, and takes what is to be sent instead from
    /// records that have got something new.
    std::list<work> revise();
    /// All its records: it is empty then.
    std::list<work> clear();

    [[nodiscard]] bool empty() const noexcept { return finished_.empty(); }
    [[nodiscard]] std::size_t records() const noexcept { return works_.size(); }
    [[nodiscard]] const outgoing_batch& what() const noexcept { return what_; }
    [[nodiscard]] const positions& finished() const noexcept { return finished_; }
    /// In the order of `finished`.
    [[nodiscard]] const assignments& whose() const noexcept { return whose_; }

private:
    std::list<work> works_;
    std::vector<std::size_t> ends_;  // for each, one past its last place in what_
    outgoing_batch what_;
    positions finished_;
    assignments whose_;
};

}  // namespace sluice
