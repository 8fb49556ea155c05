#pragma once

#include "sluice/record/broker.hpp"

#include <utility>

namespace sluice {

/// A source that hands everything on to another, for those that change or watch a part of it. The other outlives it.
class source_decorator : public source {
public:
    explicit source_decorator(source& from) : from_{from} {}

    awaitable<event> next() override { return from_.next(); }
    void intake(bool open) override { from_.intake(open); }
    awaitable<result<positions>> committed(partitions of) override { return from_.committed(std::move(of)); }
    awaitable<result<>> accept(positions from) override { return from_.accept(std::move(from)); }
    awaitable<result<>> give_up(partitions which) override { return from_.give_up(std::move(which)); }
    awaitable<result<>> commit(positions finished) override { return from_.commit(std::move(finished)); }
    [[nodiscard]] positions position(const partitions& of) const override { return from_.position(of); }
    void seek(const positions& to) override { from_.seek(to); }
    void hold(const partitions& which) override { from_.hold(which); }
    void release(const partitions& which) override { from_.release(which); }
    [[nodiscard]] membership member() const override { return from_.member(); }
    awaitable<> close(time_point deadline) override { return from_.close(deadline); }

protected:
    source& from_;
};

}  // namespace sluice
