#include "raw/beast_checkout.hpp"

#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>

namespace raw {
namespace {

namespace json = boost::json;

template <class T>
void append_number(std::string& to, T value)
{
    char digits[24];
    to.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void append_money(std::string& to, std::int64_t minor)
{
    append_number(to, minor / 100);
    to.append({'.', static_cast<char>('0' + minor / 10 % 10), static_cast<char>('0' + minor % 10)});
}

void append_now(std::string& to)
{
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    thread_local time_t second = 0;
    thread_local char text[32];
    if (now.tv_sec != second) {
        tm parts{};
        gmtime_r(&now.tv_sec, &parts);
        std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.", &parts);
        second = now.tv_sec;
    }
    const auto ms = now.tv_nsec / 1'000'000;
    to.append(text).append({static_cast<char>('0' + ms / 100), static_cast<char>('0' + ms / 10 % 10),
                            static_cast<char>('0' + ms % 10), 'Z'});
}

// As HTTP's Date, once a second.
std::string_view date()
{
    thread_local time_t second = 0;
    thread_local char text[32];
    if (const auto now = std::time(nullptr); now != second) {
        tm parts{};
        gmtime_r(&now, &parts);
        std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
        second = now;
    }
    return text;
}

}  // namespace

client::client(socket from, taker& to) : socket_{std::move(from)}, to_{to}
{
    socket_.set_option(asio::ip::tcp::no_delay{true});
}

void client::read()
{
    request_.clear();
    request_.body().clear();
    http::async_read(socket_, buffer_, request_, [self = shared_from_this()](beast::error_code ec, std::size_t) {
        if (!ec) self->handle();
    });
}

void client::handle()
{
    if (request_.method() != http::verb::post || request_.target() != "/checkout")
        return write(http::status::not_found, {});
    try {
        if (!read_order()) return write(http::status::unprocessable_entity, {});
    } catch (const std::exception&) {
        return write(http::status::bad_request, {});
    }
    to_.take(*this);
}

bool client::read_order()
{
    const auto customer = request_["X-Customer-ID"];
    if (customer.empty()) return false;
    json::monotonic_resource memory{parsed_.data(), parsed_.size()};
    const auto body = json::parse(json::string_view{request_.body()}, &memory);
    const auto& items = body.as_object().at("items").as_array();
    if (items.empty()) return false;

    thread_local boost::uuids::random_generator_mt19937 generate;
    char id[36];
    to_chars(generate(), id);
    order_id_.assign(id, sizeof id);
    customer_.assign(customer.data(), customer.size());
    event_.clear();
    if (to_.wants_event)
        event_.append(R"({"order_id":")")
            .append(order_id_)
            .append(R"(","customer_id":")")
            .append(customer_)
            .append(R"(","items":[)");
    std::int64_t total = 0;
    for (const auto& each : items) {
        const auto& item = each.as_object();
        const auto& product = item.at("product_id").as_string();
        const auto quantity = item.at("quantity").as_int64();
        const auto price = std::llround(item.at("price").to_number<double>() * 100);
        if (product.empty() || quantity < 1 || price < 0) return false;
        total += quantity * price;
        if (!to_.wants_event) continue;
        if (event_.back() == '}') event_ += ',';
        event_.append(R"({"product_id":")").append(product.data(), product.size()).append(R"(","quantity":)");
        append_number(event_, quantity);
        append_money(event_.append(R"(,"price":)"), price);
        event_ += '}';
    }
    if (to_.wants_event) {
        append_money(event_.append(R"(],"total":)"), total);
        append_now(event_.append(R"(,"created_at":")"));
        event_ += "\"}";
    }
    return true;
}

void client::answer(bool accepted)
{
    if (!accepted) return write(http::status::service_unavailable, {});
    std::string body;
    body.reserve(64);
    body.append(R"({"order_id":")").append(order_id_).append("\"}");
    write(http::status::accepted, std::move(body));
}

void client::write(http::status status, std::string body)
{
    response_.emplace(status, request_.version());
    response_->set(http::field::date, beast::string_view{date().data(), date().size()});
    response_->set(http::field::content_type, "application/json");
    if (status == http::status::accepted) response_->set(http::field::location, "/orders/" + order_id_);
    response_->keep_alive(request_.keep_alive());
    response_->body() = std::move(body);
    response_->prepare_payload();
    http::async_write(socket_, *response_, [self = shared_from_this()](beast::error_code ec, std::size_t) {
        if (!ec && self->request_.keep_alive()) self->read();
    });
}

unsigned short accept_on(asio::io_context& loop, taker& to)
{
    using acceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;
    const auto listening =
        std::make_shared<acceptor>(loop, asio::ip::tcp::endpoint{asio::ip::address_v4::loopback(), 0});
    struct accepting {
        std::shared_ptr<acceptor> from;
        taker& to;
        void operator()()
        {
            from->async_accept([next = *this](beast::error_code ec, client::socket socket) mutable {
                if (ec) return;
                std::make_shared<client>(std::move(socket), next.to)->read();
                next();
            });
        }
    };
    accepting{listening, to}();
    return listening->local_endpoint().port();
}

}  // namespace raw
