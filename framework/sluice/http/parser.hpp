#pragma once

#include "sluice/http/message.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/version.hpp>

#include <algorithm>
#include <string_view>
#include <type_traits>

namespace sluice::http {

namespace beast = boost::beast;

/// Beast's parser, writing straight into our message, which outlives it. One a message. Trailers are checked and
/// dropped: merged into the header they could change what was already decided.
template <bool is_request>
class message_parser final : public beast::http::basic_parser<is_request> {
public:
    using message = std::conditional_t<is_request, request, response>;

    explicit message_parser(message& into) : into_{into} {}

    /// 10 or 11.
    [[nodiscard]] int version() const noexcept { return version_; }

    /// Parses what is buffered, until the header is complete, or (`whole`) the message. `need_more`: not yet.
    beast::error_code advance(beast::flat_buffer& buffer, bool whole)
    {
        beast::error_code ec;
        while (!ec && !(whole ? this->is_done() : this->is_header_done())) {
            if (buffer.size() == 0) return beast::http::error::need_more;
            const bool in_header = !this->is_header_done();
            const auto taken = this->put(buffer.data(), ec);
            buffer.consume(taken);
            if (in_header) header_size_ += taken;
        }
        return ec;
    }
    /// How many bytes the header had, as far as it is parsed.
    [[nodiscard]] std::size_t header_size() const noexcept { return header_size_; }

private:
    using error_code = beast::error_code;
    // What a peer announces is not yet a reason to allocate it.
    static constexpr std::uint64_t reserved_unseen = 65536;

    void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                         error_code&) override
    {
        version_ = version;
        if constexpr (is_request) {
            into_.method.assign(method.data(), method.size());
            into_.target.assign(target.data(), target.size());
        }
    }
    void on_response_impl(int code, beast::string_view, int version, error_code&) override
    {
        version_ = version;
        if constexpr (!is_request) into_.status = static_cast<unsigned>(code);
    }
    void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value, error_code&) override
    {
        if (!in_trailers_) into_.headers.append({name.data(), name.size()}, {value.data(), value.size()});
    }
#if BOOST_BEAST_VERSION >= 359
    void on_trailer_field_impl(beast::http::field, beast::string_view, beast::string_view, error_code&) override {}
#endif
    void on_header_impl(error_code&) override { in_trailers_ = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override
    {
        if (length) into_.body.reserve(std::min(*length, reserved_unseen));
    }
    std::size_t on_body_impl(beast::string_view part, error_code&) override
    {
        into_.body.append(part.data(), part.size());
        return part.size();
    }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view part, error_code&) override
    {
        into_.body.append(part.data(), part.size());
        return part.size();
    }
    void on_finish_impl(error_code&) override {}

    message& into_;
    int version_ = 11;
    std::size_t header_size_ = 0;
    bool in_trailers_ = false;
};

}  // namespace sluice::http
