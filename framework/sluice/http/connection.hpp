#pragma once

#include "sluice/http/parser.hpp"
#include "sluice/http/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <optional>

namespace sluice::http {

/// What the connections of one server share.
struct serving {
    const router& routes;
    server_settings settings;
    logger log;
    clock& time;
    cancellation_token cut = {};  ///< cancelled when the drain is over
    bool draining = false;
    timestamp dated = {};
    std::string date = {};  ///< what `Date` says, made once a second

    std::string_view now();
};

/// One client. Its time limits are a number each, which the server's watcher compares a few times a second: a
/// request sets and clears several, and a timer for each would cost more than its parsing.
class connection : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    connection(asio::ip::tcp::socket socket, serving& shared) : socket_{std::move(socket)}, shared_{shared} {}

    /// Answers requests, in their order, until the connection ends; cancellation ends it at once.
    awaitable<> run();

    /// Ends a wait that has passed its limit.
    void expire(time_point now);
    /// Ends an idle connection; another ends after its answer.
    void drain();
    /// Whether a whole request has come, and not yet all of its answer has gone.
    [[nodiscard]] bool answering() const noexcept { return answering_; }

private:
    using parser = message_parser<true>;
    enum class got { all, part, refused, nothing };
    struct unsent {
        std::array<asio::const_buffer, 2> parts;

        [[nodiscard]] std::size_t size() const noexcept { return parts[0].size() + parts[1].size(); }
        void advance(std::size_t sent) noexcept
        {
            parts[1] += sent - std::min(sent, parts[0].size());
            parts[0] += sent;
        }
    };

    awaitable<bool> exchange();
    awaitable<bool> await_request();
    got parse_header(parser& from);
    awaitable<got> read_header(parser& from);
    got parse_body(parser& from);
    awaitable<got> read_body(parser& from, bool begun);
    awaitable<bool> fill(std::size_t room);
    std::optional<unsent> write(bool keep_alive, int version);
    awaitable<bool> write(unsent rest);
    awaitable<> linger();

    const router::route* admit();
    got refuse(response why);
    got refuse(const beast::error_code& why);
    void failed(const router::route& route, std::string_view why);
    void forget();
    void limit(duration span);
    void limit(duration span, time_point from);
    void report(std::string_view pattern);

    asio::ip::tcp::socket socket_;
    serving& shared_;
    beast::flat_buffer buffer_;
    request request_;
    response answer_;
    std::string head_;
    std::string method_;          // the handler may have moved the request away
    time_point started_, ended_;  // of the request
    time_point deadline_ = time_point::max();
    bool expired_ = false;
    bool idle_ = false;
    bool answering_ = false;
    bool answered_ = false;
};

}  // namespace sluice::http
