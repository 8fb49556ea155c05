#pragma once

#include "sluice/http/header_fields.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::http {

using name_value = std::pair<std::string, std::string>;

/// What a handler gets, and what a client sends (of which `method`, `target`, `headers` and `body` go out).
struct request {
    std::string method = "GET";
    std::string target = "/";                 ///< as on the wire: "/stock/a%20b?all=1"
    std::string path = {};                    ///< decoded: "/stock/a b"; valid UTF-8
    std::vector<std::string> segments = {};   ///< of the path, decoded: {"stock", "a b"}; an escaped slash splits none
    std::vector<name_value> query = {};       ///< decoded, in order: {"all", "1"}; valid UTF-8
    std::vector<name_value> parameters = {};  ///< of the route's pattern: {"sku", "a b"}
    header_fields headers = {};
    std::string body = {};

    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const { return headers.find(name); }
    [[nodiscard]] std::optional<std::string_view> query_value(std::string_view name) const;
    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
};

/// What a handler answers. The server adds `Date`, `Connection` and what frames the body; those given here are ignored,
/// but for `Connection: close`, which closes the connection after the answer.
struct response {
    unsigned status = 200;  ///< from 200 to 599; 0: see `dropped`
    header_fields headers = {};
    std::string body = {};

    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const { return headers.find(name); }
};

/// `text` is JSON already.
response json(unsigned status, std::string text);
response text(unsigned status, std::string text);
response no_content();
/// No answer: the server closes the connection, as if it had died just now. For programs that simulate one.
response dropped();

/// The standard's words for a status: "Not Found".
std::string_view reason(unsigned status) noexcept;

}  // namespace sluice::http
