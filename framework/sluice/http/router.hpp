#pragma once

#include "sluice/base/async.hpp"
#include "sluice/http/message.hpp"
#include "sluice/http/path_parameter.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace sluice::http {

namespace detail {
awaitable<response> ready(response answer);
response bad_parameter(const name_value& parameter, std::string_view expected);
}  // namespace detail

/// Which coroutine answers which request. Build it, then serve it: it must not change while a server uses it.
///
/// A pattern is "/stock/{sku}": `{name}` stands for one segment that is not empty. A route may name the types of its
/// segments (`std::string`, integers, `boost::uuids::uuid`, any type with a `path_parameter`), in order; a segment
/// that does not parse is answered 400, naming it. A handler is any callable that lives as long as the router:
///     router.get<std::string>("/stock/{sku}", [&](request, std::string sku) -> awaitable<response> { … });
/// It takes its typed parameters by value; the request by value, or by reference, valid until it has answered.
/// Without types it finds the segments in `request::parameters`.
///
/// HEAD is answered from GET, OPTIONS from what there is; a literal segment goes before a parameter.
class router {
public:
    /// `route`: method and pattern, "POST /checkout". Throws `failure` (errc::invalid) for a bad or ambiguous pattern.
    template <class... Parameters, class Handler>
    router& add(std::string_view route, Handler handler);

    template <class... Parameters, class Handler>
    router& get(std::string_view pattern, Handler handler)
    {
        return add<Parameters...>("GET " + std::string{pattern}, std::move(handler));
    }
    template <class... Parameters, class Handler>
    router& post(std::string_view pattern, Handler handler)
    {
        return add<Parameters...>("POST " + std::string{pattern}, std::move(handler));
    }

    /// Every route as it was added, "GET /stock/{sku}", sorted.
    [[nodiscard]] std::vector<std::string> routes() const;

    struct route {
        std::string method, pattern;
        std::vector<std::string> segments;  // "{name}" stays so
        std::function<awaitable<response>(request&)> handler;
    };
    /// The route of a request whose target is parsed, after which its `parameters` are set; or the answer why there
    /// is none: 404, 405 with `Allow`, 204 to OPTIONS.
    struct match {
        const route* found = nullptr;
        response refusal;
    };
    [[nodiscard]] match find(request& what) const;

    /// All that a server does with a request but for the wire: for tests of handlers. Handlers' exceptions pass.
    awaitable<response> handle(request what) const;

private:
    void insert(std::string_view what, std::size_t types, std::function<awaitable<response>(request&)> handler);

    std::vector<route> routes_;  // the more specific first
};

template <class... Parameters, class Handler>
router& router::add(std::string_view route, Handler handler)
{
    // Not a coroutine itself: it costs a request no frame.
    auto call = [handler = std::move(handler)](request& what) mutable -> awaitable<response> {
        std::tuple<std::optional<Parameters>...> values;
        std::size_t at = 0;
        std::string_view expected;
        const auto parse = [&]<class T>(std::optional<T>& value) {
            value = path_parameter<T>::parse(what.parameters[at].second);
            if (!value) {
                expected = path_parameter<T>::expected;
                return false;
            }
            ++at;
            return true;
        };
        const auto parse_all = [&](auto&... value) { return (parse(value) && ...); };
        if (!std::apply(parse_all, values)) return detail::ready(detail::bad_parameter(what.parameters[at], expected));
        const auto run = [&](auto&... value) { return handler(std::move(what), std::move(*value)...); };
        return std::apply(run, values);
    };
    insert(route, sizeof...(Parameters), std::move(call));
    return *this;
}

}  // namespace sluice::http
