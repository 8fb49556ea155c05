#include "sluice/kafka/detail/known_properties.hpp"

#include <librdkafka/rdkafka.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>

namespace sluice::kafka::detail {
namespace {

using property_map = std::map<std::string, property_scope, std::less<>>;

// librdkafka tells the scope of a property only in the table that it prints.
std::string printed_table()
{
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* out = open_memstream(&text, &size);
    if (!out) return {};
    rd_kafka_conf_properties_show(out);
    std::fclose(out);
    std::string table{text, size};
    std::free(text);
    return table;
}

// "linger.ms            |  P  | 0 .. 900000 | 5 | high | …"
property_map parse(const std::string& table)
{
    property_map known;
    std::istringstream lines{table};
    for (std::string line; std::getline(lines, line);) {
        const auto bar = line.find('|');
        if (bar == std::string::npos || bar + 3 >= line.size()) continue;
        auto name = line.substr(0, line.find_first_of(" |"));
        switch (line[bar + 3]) {
            case '*': known.insert_or_assign(std::move(name), property_scope::both); break;
            case 'P': known.emplace(std::move(name), property_scope::producer); break;
            case 'C': known.emplace(std::move(name), property_scope::consumer); break;
            default: break;  // the head of the table
        }
    }
    return known;
}

}  // namespace

const property_map& known_properties()
{
    static const property_map known = parse(printed_table());
    return known;
}

const std::vector<std::string>& known_names()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const auto& [name, scope] : known_properties()) all.push_back(name);
        return all;
    }();
    return names;
}

}  // namespace sluice::kafka::detail
