#pragma once

#include <curl/curl.h>

#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

namespace orders {

/// A libcurl handle whose connection is kept for the next transfer, and whose transfer can be ended from another thread
/// at once. One transfer at a time.
class smtp_link {
public:
    smtp_link();
    smtp_link(const smtp_link&) = delete;
    smtp_link& operator=(const smtp_link&) = delete;

    /// To be set up anew for each transfer; `perform` forgets the options, and keeps the connection.
    [[nodiscard]] CURL* handle() const noexcept { return handle_.get(); }

    /// Runs the transfer to its end, which comes at once when it is asked to stop. Blocks.
    struct outcome {
        CURLcode ended = CURLE_OK;
        long reply = 0;  ///< the server's last
    };
    outcome perform(const std::stop_token& stop);

private:
    struct freeing {
        void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    };
    static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
    static int close_socket(void* self, curl_socket_t which);
    void shut_down();

    std::mutex mutex_;
    std::vector<curl_socket_t> sockets_;  // open ones
    bool stopped_ = false;
    std::unique_ptr<CURL, freeing> handle_;  // goes first: it closes its sockets
};

}  // namespace orders
