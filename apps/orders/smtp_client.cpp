#include "orders/smtp_client.hpp"

#include "orders/mail_text.hpp"
#include "orders/smtp_link.hpp"
#include "orders/smtp_reply.hpp"
#include "sluice/base/cancellation.hpp"
#include "sluice/flow/failure.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <boost/url/parse.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>

namespace orders {

using namespace sluice;

namespace {

struct free_list {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using curl_list = std::unique_ptr<curl_slist, free_list>;

bool is_port(std::string_view text)
{
    std::uint16_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failed == std::errc{} && end == text.data() + text.size() && number > 0;
}

curl_list list_of(const std::string& entry)
{
    return curl_list{curl_slist_append(nullptr, entry.c_str())};
}

}  // namespace

// One mail on its way, and all that libcurl refers to meanwhile.
struct smtp_client::delivery {
    explicit delivery(const mail_message& what)
        : from{what.from.address},
          recipient{list_of(what.to)},
          wire{to_wire(what)},
          left{wire}
    {
    }

    static std::size_t read(char* to, std::size_t size, std::size_t count, void* self)
    {
        auto& left = static_cast<delivery*>(self)->left;
        const auto length = std::min(size * count, left.size());
        std::memcpy(to, left.data(), length);
        left.remove_prefix(length);
        return length;
    }
    // The last word of the server's that was no yes; its answer to our goodbye comes later, and is one.
    static std::size_t hear(const char* line, std::size_t size, std::size_t count, void* self)
    {
        const std::string_view words{line, std::min<std::size_t>(size * count, 500)};
        if (words.starts_with('4') || words.starts_with('5')) static_cast<delivery*>(self)->said = words;
        return size * count;
    }

    [[nodiscard]] bool handed_over() const { return left.empty(); }
    void conclude(bool out_of_time) const;

    std::string from;
    curl_list recipient;
    curl_list addresses;
    std::string wire;
    std::string_view left;
    std::string said;
    std::array<char, CURL_ERROR_SIZE> trouble{};
    smtp_link::outcome how{CURLE_OPERATION_TIMEDOUT, 0};
};

void smtp_client::delivery::conclude(bool out_of_time) const
{
    auto why = std::string{trouble[0] ? trouble.data() : curl_easy_strerror(how.ended)};
    if (out_of_time) why = "the mail server took too long";
    if (!said.empty()) why += "; it said: " + one_line(said.substr(0, said.find_last_not_of("\r\n") + 1));
    switch (fate_of(how.ended, how.reply, handed_over())) {
        case mail_fate::sent: return;
        case mail_fate::refused: throw permanent_failure{why};
        case mail_fate::postponed: throw std::runtime_error{why};
        case mail_fate::unavailable: throw failure{error{out_of_time ? errc::timed_out : errc::unavailable, why}};
        case mail_fate::unknown: throw failure{error{errc::outcome_unknown, why}};
    }
}

std::optional<smtp_address> smtp_address::parse(std::string_view url)
{
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed || (parsed->scheme() != "smtp" && parsed->scheme() != "smtps") || parsed->has_userinfo() ||
        parsed->host_address().empty() || !is_port(parsed->port()) || parsed->has_query() || parsed->has_fragment() ||
        (!parsed->encoded_path().empty() && parsed->encoded_path() != "/"))
        return std::nullopt;
    return smtp_address{std::string{parsed->scheme()}, parsed->host_address(), std::string{parsed->port()}};
}

std::string smtp_address::host_and_port() const
{
    const bool literal = host.find(':') != std::string::npos;
    return (literal ? '[' + host + ']' : host) + ':' + port;
}

smtp_client::smtp_client(smtp_settings settings, offload& blocking)
    : settings_{std::move(settings)},
      blocking_{blocking},
      sending_{{.threads = settings_.connections, .admitted = settings_.connections}}
{
}

smtp_client::~smtp_client()
{
    // libcurl says goodbye, and waits for the answer.
    for (auto& link : idle_)
        blocking_.leave([link = std::shared_ptr<smtp_link>{std::move(link)}]() mutable { link.reset(); });
}

awaitable<> smtp_client::send(const mail_message& what)
{
    delivery one{what};
    auto& time = clock::of(co_await asio::this_coro::executor);
    const auto asked = co_await asio::this_coro::cancellation_state;
    cancellation limit{{}, time, time.now() + settings_.time_limit};
    const auto out_of_time = [&] { return limit.token().reason() == cancel_reason::deadline; };
    try {
        co_await run_under(limit.token(), deliver(one));
    } catch (const boost::system::system_error&) {
        if (!out_of_time()) throw;
    }
    if (one.how.ended != CURLE_OK && !out_of_time() && asked.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error{asio::error::operation_aborted};
    one.conclude(out_of_time());
}

awaitable<> smtp_client::deliver(delivery& what)
{
    // Resolved here, because libcurl waits for its own look-up even when it is to stop.
    asio::ip::tcp::resolver resolver{co_await asio::this_coro::executor};
    const auto found =
        co_await resolver.async_resolve(settings_.server.host, settings_.server.port, asio::use_awaitable);
    std::string entry = settings_.server.host_and_port() + ':';
    for (const auto& each : found) {
        const auto address = each.endpoint().address();
        entry += entry.ends_with(':') ? "" : ",";
        entry += address.is_v6() ? '[' + address.to_string() + ']' : address.to_string();
    }
    what.addresses = list_of(entry);

    auto link = idle_.empty() ? std::make_unique<smtp_link>() : std::move(idle_.back());
    if (!idle_.empty()) idle_.pop_back();
    const auto work = [&](const std::stop_token& stop) {
        set_up(link->handle(), what);
        return link->perform(stop);
    };
    what.how = co_await sending_.run(work);
    idle_.push_back(std::move(link));
}

void smtp_client::set_up(CURL* curl, delivery& what) const
{
    const auto url = settings_.server.scheme + "://" + settings_.server.host_and_port();
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_RESOLVE, what.addresses.get());
    curl_easy_setopt(curl, CURLOPT_PROXY, "");  // whatever the environment says
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    constexpr std::array levels{CURLUSESSL_ALL, CURLUSESSL_TRY, CURLUSESSL_NONE};
    curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(levels[static_cast<std::size_t>(settings_.tls)]));
    if (!settings_.ca.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, settings_.ca.c_str());
    if (!settings_.user.empty()) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, settings_.user.c_str());
        curl_easy_setopt(curl, CURLOPT_PASSWORD, settings_.password.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, what.from.c_str());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, what.recipient.get());
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(what.wire.size()));
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, &delivery::read);
    curl_easy_setopt(curl, CURLOPT_READDATA, &what);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &delivery::hear);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &what);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, what.trouble.data());
}

}  // namespace orders
