#pragma once

#include "sluice/flow/batch.hpp"
#include "sluice/flow/turn.hpp"

#include <vector>

namespace sluice {

/// What is to become of the records at the head of a lane after its turn: the first `finished` are finished, or
/// forgone, and `then` is said of the one after them, unless it says `finished`.
struct batch_verdict {
    std::size_t finished = 0;
    verdict then{};
    bool forgone = false;
};

/// The turn of a lane whose records are handled some at a time. A record that failed, and one whose handler's part is
/// over, has its turn alone.
class batch_turns {
public:
    batch_turns(turns& alone, sink& to, gate& entrance, const flow_settings& settings, const logger& log,
                batch_handler handler);

    /// As `turns::take`, for as many of the lane's records as may run as one; `lane::taken` says how many.
    awaitable<batch_verdict> take(lane& from, asio::cancellation_signal& interrupt);

private:
    // What came of a call of the handler.
    struct outcome {
        std::size_t handled = 0;     // records, the first ones
        bool emits = false;          // some of them
        std::exception_ptr failure;  // of the record after them
        std::exception_ptr trouble;  // of nobody knows which
        bool abandoned = false;
    };
    using works = std::vector<work*>;

    works gather(lane& from);
    awaitable<outcome> call(const works& some, asio::cancellation_signal& interrupt);
    void answer(const works& some, std::size_t handled, batch_context& about, reply returned);
    void tell_gate(const works& some, const outcome& over);
    batch_verdict troubled(lane& from, const works& some, const std::exception_ptr& trouble);
    awaitable<batch_verdict> finish(const works& some, const outcome& over, asio::cancellation_signal& interrupt);
    awaitable<batch_verdict> take_alone(work& what, std::size_t finished, asio::cancellation_signal& interrupt);
    awaitable<> send(const works& some, std::size_t handled, asio::cancellation_signal& interrupt);

    turns& alone_;
    sink& to_;
    gate& gate_;
    const flow_settings& settings_;
    const logger& log_;
    batch_handler handler_;
};

}  // namespace sluice
