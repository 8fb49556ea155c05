#include "sluice/flow/emission.hpp"

#include "sluice/record/deadline.hpp"
#include "sluice/record/record_id.hpp"

#include <algorithm>

namespace sluice {
namespace {

void set_unless_there(headers& of, std::string_view name, std::string_view value)
{
    if (std::ranges::find(of, name, &header::name) == of.end()) of.push_back({std::string{name}, std::string{value}});
}

}  // namespace

std::vector<outgoing> stamped(reply answer, const record& cause, std::string_view handler)
{
    auto records = std::move(answer).take();
    if (records.empty()) return records;
    const auto cause_id = record_id::of(cause);
    for (std::size_t ordinal = 0; ordinal < records.size(); ++ordinal) {
        auto& headers = records[ordinal].headers;
        set_unless_there(headers, record_id::header_name, record_id::caused_by(cause_id, handler, ordinal).text());
        for (const std::string_view name : {std::string_view{"traceparent"}, std::string_view{"tracestate"},
                                            std::string_view{"baggage"}, deadline_header})
            if (const auto value = cause.header(name)) set_unless_there(headers, name, *value);
    }
    return records;
}

}  // namespace sluice
