#include "sluice/http/connection.hpp"

#include "sluice/http/problem.hpp"
#include "sluice/http/refusal.hpp"
#include "sluice/http/target.hpp"
#include "sluice/http/wire.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace sluice::http {
namespace {

constexpr std::size_t small = 4 * 1024;
constexpr std::size_t large = 16 * 1024;
// How long a client may take to read the last answer while it still sends: closing earlier could destroy it (RFC
// 9112, 9.6).
constexpr auto linger_timeout = std::chrono::seconds{1};
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

std::string_view view(const beast::flat_buffer& buffer)
{
    return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

}  // namespace

std::string_view serving::now()
{
    const auto second = std::chrono::floor<std::chrono::seconds>(time.wall());
    if (second != dated || date.empty()) {
        dated = second;
        date = http_date(dated);
    }
    return date;
}

void connection::limit(duration span)
{
    limit(span, shared_.time.now());
}

void connection::limit(duration span, time_point from)
{
    expired_ = false;
    deadline_ = span == duration::max() ? time_point::max() : from + span;
}

void connection::expire(time_point now)
{
    if (now < deadline_) return;
    deadline_ = time_point::max();
    expired_ = true;
    beast::error_code ignored;
    socket_.cancel(ignored);
}

void connection::drain()
{
    beast::error_code ignored;
    if (idle_) socket_.cancel(ignored);
}

awaitable<> connection::run()
{
    ended_ = shared_.time.now();
    for (bool more = true; more;) {
        forget();
        if (buffer_.size() == 0) more = co_await await_request();
        if (more) more = co_await exchange();
    }
    if (answered_) co_await linger();
}

// One request and its answer; true if the connection can take the next. What need not wait makes no coroutine: mostly
// the whole request is here, and the whole answer can go.
awaitable<bool> connection::exchange()
{
    started_ = shared_.time.now();
    parser from{request_};
    from.header_limit(static_cast<std::uint32_t>(shared_.settings.header_limit));
    from.body_limit(shared_.settings.body_limit);

    auto outcome = parse_header(from);
    if (outcome == got::part) outcome = co_await read_header(from);
    method_ = request_.method;
    bool keep_alive = outcome == got::all && from.keep_alive();
    const router::route* route = nullptr;
    if (outcome == got::all) {
        route = admit();
        if (!route) {
            outcome = got::refused;
            from.advance(buffer_, true);  // a body that is already here need not end the connection
        } else if (!from.is_done()) {
            const bool begun = buffer_.size() > 0;
            outcome = parse_body(from);
            if (outcome == got::part) outcome = co_await read_body(from, begun);
        }
    }
    if (outcome == got::nothing) co_return false;

    answering_ = true;
    limit(duration::max(), started_);
    if (outcome == got::all) {
        try {
            answer_ = co_await route->handler(request_);
            if (answer_.status != 0 && (answer_.status < 200 || answer_.status > 599))
                failed(*route, "it answered with an invalid status");
        } catch (const std::exception& e) {
            if (shared_.cut.cancelled()) throw;
            failed(*route, e.what());
        } catch (...) {
            failed(*route, "it threw what is no exception");
        }
    }
    keep_alive = keep_alive && from.is_done() && !shared_.draining &&
                 !has_token(answer_.header("Connection").value_or(""), "close");
    if (answer_.status != 0) {
        auto rest = write(keep_alive, from.version());
        answered_ = rest && rest->size() == 0;
        if (rest && !answered_) answered_ = co_await write(std::move(*rest));
    }
    answering_ = false;
    report(route ? std::string_view{route->pattern} : std::string_view{});
    co_return keep_alive&& answered_;
}

// Small buffers are used again; large ones are given back, for there may be thousands of idle connections.
void connection::forget()
{
    answered_ = false;
    request_.method.clear();
    request_.target.clear();
    request_.headers.clear();
    request_.body.clear();
    if (request_.body.capacity() > small) request_.body.shrink_to_fit();
    if (answer_.body.capacity() > small) answer_.body = {};
    if (buffer_.size() == 0 && buffer_.capacity() > small) buffer_.shrink_to_fit();
}

awaitable<bool> connection::await_request()
{
    limit(shared_.settings.idle_timeout, ended_);
    if (!shared_.draining) {
        idle_ = true;
        const bool came = co_await fill(small);
        idle_ = false;
        if (came) co_return true;
        if (expired_ || !shared_.draining) co_return false;
    }
    beast::error_code ec;  // what has come before the drain is still answered
    if (socket_.available(ec) == 0) co_return false;
    co_return co_await fill(small);
}

connection::got connection::parse_header(parser& from)
{
    const auto most = shared_.settings.header_limit;
    const auto ec = from.advance(buffer_, false);
    if (from.header_size() > most) return refuse(oversize_header(request_));
    if (!ec) {
        auto refused = refuse_framing(request_, from.version());
        return refused ? refuse(std::move(*refused)) : got::all;
    }
    if (ec != beast::http::error::need_more) return refuse(ec);
    return from.header_size() + buffer_.size() < most ? got::part : refuse(oversize_header(request_));
}

awaitable<connection::got> connection::read_header(parser& from)
{
    limit(shared_.settings.header_timeout, started_);
    auto outcome = got::part;
    while (outcome == got::part) {
        const auto have = from.header_size() + buffer_.size();
        const bool more = co_await fill(std::min(small, shared_.settings.header_limit - have));
        if (!more) co_return expired_ ? refuse(too_slow("header")) : got::nothing;
        outcome = parse_header(from);
    }
    co_return outcome;
}

connection::got connection::parse_body(parser& from)
{
    const auto ec = from.advance(buffer_, true);
    if (!ec) return got::all;
    if (ec != beast::http::error::need_more) return refuse(ec);
    // What stays in the buffer is no body but the frame of chunks: their extensions and the trailer.
    return buffer_.size() < shared_.settings.header_limit ? got::part : refuse(oversize_header(request_));
}

awaitable<connection::got> connection::read_body(parser& from, bool begun)
{
    limit(shared_.settings.body_timeout);
    if (request_.header("Expect") && !begun && from.version() >= 11) {
        constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        const auto wrote = co_await asio::async_write(socket_, asio::buffer(go_on), as_result);
        if (std::get<0>(wrote)) co_return got::nothing;
    }
    auto outcome = got::part;
    while (outcome == got::part) {
        const bool more = co_await fill(large);
        if (!more) co_return expired_ ? refuse(too_slow("body")) : got::nothing;
        outcome = parse_body(from);
    }
    co_return outcome;
}

// The route of a request that may go on; else `answer_` says why not.
const router::route* connection::admit()
{
    if (const auto parsed = parse_target(request_); !parsed) {
        answer_ = answer({.status = 400, .type = "/problems/invalid-target", .detail = parsed.error().message()});
        return nullptr;
    }
    auto match = shared_.routes.find(request_);
    if (!match.found) answer_ = std::move(match.refusal);
    return match.found;
}

connection::got connection::refuse(response why)
{
    answer_ = std::move(why);
    return got::refused;
}

connection::got connection::refuse(const beast::error_code& why)
{
    return refuse(refusal(why, view(buffer_), request_));
}

void connection::failed(const router::route& route, std::string_view why)
{
    shared_.log.error("the handler of {} {} failed: {}", route.method, route.pattern, why);
    answer_ = internal_error();
}

awaitable<bool> connection::fill(std::size_t room)
{
    const auto read = co_await socket_.async_read_some(buffer_.prepare(room), as_result);
    buffer_.commit(std::get<1>(read));
    co_return !std::get<0>(read) && !expired_;
}

// Hands the kernel what it takes of the answer now; what is left of it, or nothing if the client has gone.
std::optional<connection::unsent> connection::write(bool keep_alive, int version)
{
    head_.clear();
    append_head(head_, answer_, {.date = shared_.now(), .keep_alive = keep_alive, .version = version});
    const bool body = method_ != "HEAD" && has_body(answer_.status);
    unsent rest{{asio::buffer(head_), body ? asio::buffer(answer_.body) : asio::const_buffer{}}};
    beast::error_code ec;
    rest.advance(socket_.write_some(rest.parts, ec));
    if (ec && ec != asio::error::would_block) return std::nullopt;
    return rest;
}

awaitable<bool> connection::write(unsent rest)
{
    limit(shared_.settings.write_timeout);
    const auto wrote = co_await asio::async_write(socket_, rest.parts, as_result);
    co_return !std::get<0>(wrote);
}

awaitable<> connection::linger()
{
    beast::error_code ec;
    socket_.shutdown(asio::socket_base::shutdown_send, ec);
    if (ec) co_return;
    limit(linger_timeout);
    for (bool more = true; more;) {
        buffer_.clear();
        more = co_await fill(small);
    }
}

void connection::report(std::string_view pattern)
{
    ended_ = shared_.time.now();
    if (!shared_.settings.observe) return;
    const std::chrono::duration<double> taken = ended_ - started_;
    shared_.settings.observe({method_, pattern, answer_.status, taken.count()});
}

}  // namespace sluice::http
