#include "sluice/http/problem.hpp"

#include "sluice/http/utf8.hpp"

#include <boost/json/serialize.hpp>

namespace sluice::http {

response answer(const problem& what)
{
    return answer(what, {});
}

response answer(const problem& what, header_fields headers)
{
    boost::json::object body;
    body["type"] = what.type;
    body["title"] = what.title.empty() ? std::string{reason(what.status)} : what.title;
    body["status"] = what.status;
    if (!what.detail.empty()) body["detail"] = what.detail;
    for (const auto& [name, value] : what.members) body.emplace(name, value);
    headers.set("Content-Type", "application/problem+json");
    return {what.status, std::move(headers), to_utf8(boost::json::serialize(body))};
}

}  // namespace sluice::http
