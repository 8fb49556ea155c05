#include "sluice/http/client.hpp"

#include "sluice/base/cancellation.hpp"
#include "sluice/base/wait_queue.hpp"
#include "sluice/http/parser.hpp"
#include "sluice/http/wire.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace sluice::http {
namespace {

using asio::ip::tcp;

constexpr std::size_t read_size = 16 * 1024;

struct link {
    explicit link(const asio::any_io_executor& executor) : socket{executor} {}

    tcp::socket socket;
    beast::flat_buffer buffer;
    bool keep = false;
    std::string head;

    // A server that has closed a kept connection, or said something unasked, is seen without sending.
    bool fresh()
    {
        char byte = 0;
        error_code ec;
        socket.non_blocking(true, ec);
        socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, ec);
        return ec == asio::error::would_block;
    }
};

bool is_writable(const request& what)
{
    const auto visible = [](unsigned char c) { return c > ' ' && c != 0x7f; };
    return !what.method.empty() && what.target.starts_with('/') && std::ranges::all_of(what.method, visible) &&
           std::ranges::all_of(what.target, visible);
}

bool has_no_effect(const request& what)
{
    return what.method == "GET" || what.method == "HEAD" || what.method == "OPTIONS";
}

}  // namespace

class client::state {
public:
    state(asio::any_io_executor executor, client_settings settings)
        : executor_{std::move(executor)},
          settings_{std::move(settings)},
          free_{settings_.connections},
          host_{(settings_.host.find(':') == std::string::npos ? settings_.host : "[" + settings_.host + "]") + ":" +
                std::to_string(settings_.port)}
    {
    }

    awaitable<result<response>> send(const request& what, std::optional<duration> time_limit);

private:
    // How far a request has come.
    struct progress {
        bool sent = false;
        bool answered = false;  // the first byte of the answer is here
    };
    struct place {
        state& of;
        ~place()
        {
            if (!of.waiting_.wake_one()) ++of.free_;
        }
    };

    awaitable<response> exchange(const request& what, progress& so_far);
    awaitable<std::unique_ptr<link>> connect();
    std::unique_ptr<link> kept();
    awaitable<response> talk(link& over, const request& what, progress& so_far);

    asio::any_io_executor executor_;
    client_settings settings_;
    std::vector<std::unique_ptr<link>> kept_;
    std::size_t free_;
    wait_queue waiting_;
    std::string host_;
};

awaitable<result<response>> client::state::send(const request& what, std::optional<duration> time_limit)
{
    if (!is_writable(what)) co_return error{errc::invalid, "method or target cannot be sent"};
    auto& time = clock::of(executor_);
    const cancellation limit{{}, time, time.now() + time_limit.value_or(settings_.time_limit)};
    progress so_far;
    error failed;
    try {
        co_return co_await run_under(limit.token(), exchange(what, so_far));
    } catch (const boost::system::system_error& e) {
        if (limit.token().cancelled())
            failed = {errc::timed_out, "no answer from " + host_ + " in time"};
        else if (is_cancellation(std::current_exception()))
            throw;
        else
            failed = {errc::unavailable, host_ + ": " + e.code().message()};
    }
    if (so_far.sent) failed.code = make_error_code(errc::outcome_unknown);
    co_return failed;
}

awaitable<response> client::state::exchange(const request& what, progress& so_far)
{
    if (free_ > 0)
        --free_;
    else
        co_await waiting_.wait();  // the one that leaves hands its place over
    const place held{*this};
    auto over = kept();
    if (over) {
        std::optional<response> answered;
        try {
            answered = co_await talk(*over, what, so_far);
        } catch (const boost::system::system_error&) {
            if (is_cancellation(std::current_exception()) || so_far.answered || !has_no_effect(what)) throw;
        }
        if (answered) {
            if (over->keep) kept_.push_back(std::move(over));
            co_return std::move(*answered);
        }
        so_far = {};
    }
    over = co_await connect();
    auto answered = co_await talk(*over, what, so_far);
    if (over->keep) kept_.push_back(std::move(over));
    co_return answered;
}

std::unique_ptr<link> client::state::kept()
{
    while (!kept_.empty()) {
        auto last = std::move(kept_.back());
        kept_.pop_back();
        if (last->fresh()) return last;
    }
    return nullptr;
}

awaitable<std::unique_ptr<link>> client::state::connect()
{
    auto made = std::make_unique<link>(executor_);
    error_code ec;
    const auto address = asio::ip::make_address(settings_.host, ec);
    if (!ec) {
        const tcp::endpoint endpoint{address, settings_.port};
        co_await made->socket.async_connect(endpoint, asio::use_awaitable);
    } else {
        tcp::resolver resolver{executor_};
        const auto found =
            co_await resolver.async_resolve(settings_.host, std::to_string(settings_.port), asio::use_awaitable);
        co_await asio::async_connect(made->socket, found, asio::use_awaitable);
    }
    made->socket.set_option(tcp::no_delay{true});
    co_return made;
}

// Leaves `keep` true if the connection can be kept.
awaitable<response> client::state::talk(link& over, const request& what, progress& so_far)
{
    over.keep = false;
    over.head.clear();
    append_head(over.head, what, host_);
    const std::array<asio::const_buffer, 2> parts{asio::buffer(over.head), asio::buffer(what.body)};
    so_far.sent = true;
    co_await asio::async_write(over.socket, parts, asio::use_awaitable);

    for (;;) {
        response answered;
        message_parser<false> from{answered};
        from.header_limit(static_cast<std::uint32_t>(settings_.header_limit));
        from.body_limit(settings_.body_limit);
        from.skip(what.method == "HEAD");
        for (;;) {
            auto ec = from.advance(over.buffer, true);
            if (!ec) break;
            if (ec == beast::http::error::need_more && over.buffer.size() >= settings_.header_limit)
                ec = beast::http::error::header_limit;
            if (ec != beast::http::error::need_more) throw boost::system::system_error{ec};
            const auto room = over.buffer.prepare(read_size);
            const auto read = co_await over.socket.async_read_some(room, asio::as_tuple(asio::use_awaitable));
            over.buffer.commit(std::get<1>(read));
            so_far.answered = so_far.answered || std::get<1>(read) > 0;
            if (!std::get<0>(read)) continue;
            if (std::get<0>(read) != asio::error::eof || !from.got_some())
                throw boost::system::system_error{std::get<0>(read)};
            from.put_eof(ec);  // the end of the connection may be the end of the body
            if (ec) throw boost::system::system_error{ec};
            break;
        }
        if (answered.status < 200) continue;  // 100 Continue and its like
        over.keep = from.keep_alive() && over.buffer.size() == 0;
        co_return answered;
    }
}

client::client(asio::any_io_executor executor, client_settings settings)
    : state_{std::make_unique<state>(std::move(executor), std::move(settings))}
{
}

client::~client() = default;

awaitable<result<response>> client::send(request what, std::optional<duration> time_limit)
{
    co_return co_await state_->send(what, time_limit);
}

awaitable<result<response>> client::get(std::string target)
{
    request what{.method = "GET", .target = std::move(target)};
    co_return co_await state_->send(what, std::nullopt);
}

awaitable<result<response>> client::post(std::string target, std::string body, header_fields headers)
{
    if (!headers.find("Content-Type")) headers.add("Content-Type", "application/json");
    request what{.method = "POST", .target = std::move(target), .headers = std::move(headers), .body = std::move(body)};
    co_return co_await state_->send(what, std::nullopt);
}

}  // namespace sluice::http
