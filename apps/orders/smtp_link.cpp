#include "orders/smtp_link.hpp"

#include <new>
#include <stdexcept>

#include <sys/socket.h>
#include <unistd.h>

namespace orders {

namespace {

CURL* new_handle()
{
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    auto* const handle = initialised == CURLE_OK ? curl_easy_init() : nullptr;
    if (!handle) throw std::runtime_error{"libcurl cannot be initialised"};
    return handle;
}

}  // namespace

smtp_link::smtp_link() : handle_{new_handle()} {}

smtp_link::outcome smtp_link::perform(const std::stop_token& stop)
{
    auto* const curl = handle();
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &smtp_link::open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, this);
    curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, &smtp_link::close_socket);
    curl_easy_setopt(curl, CURLOPT_CLOSESOCKETDATA, this);
    stopped_ = false;
    outcome how;
    {
        const std::stop_callback stopping{stop, [this] { shut_down(); }};
        how.ended = curl_easy_perform(curl);
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &how.reply);
    curl_easy_reset(curl);
    return how;
}

curl_socket_t smtp_link::open_socket(void* self, curlsocktype, curl_sockaddr* address)
{
    auto& mine = *static_cast<smtp_link*>(self);
    const std::lock_guard lock{mine.mutex_};
    if (mine.stopped_) return CURL_SOCKET_BAD;
    const auto made = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (made >= 0) mine.sockets_.push_back(made);
    return made < 0 ? CURL_SOCKET_BAD : made;
}

int smtp_link::close_socket(void* self, curl_socket_t which)
{
    auto& mine = *static_cast<smtp_link*>(self);
    const std::lock_guard lock{mine.mutex_};
    std::erase(mine.sockets_, which);
    return ::close(which);
}

// Whatever libcurl waits for on them ends, and nothing more can be sent.
void smtp_link::shut_down()
{
    const std::lock_guard lock{mutex_};
    stopped_ = true;
    for (const auto each : sockets_) ::shutdown(each, SHUT_RDWR);
}

}  // namespace orders
