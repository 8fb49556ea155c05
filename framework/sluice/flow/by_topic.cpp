#include "sluice/flow/by_topic.hpp"

#include "sluice/flow/origin.hpp"

#include <algorithm>

namespace sluice {
namespace {

failure mistake(const std::string& group, const std::string& what)
{
    return failure{error{errc::invalid, "flow of group \"" + group + "\": " + what}};
}

template <class Handler>
class choice {
public:
    choice(std::string group, std::vector<topic_handler> handlers) : group_{std::move(group)}
    {
        for (auto& one : handlers) {
            const auto& topic = one.from->name();
            if (find(topic)) throw mistake(group_, "the topic " + topic + " has two handlers");
            auto* handle = std::get_if<Handler>(&one.handle);
            if (!handle) throw mistake(group_, "either all topics have handlers of batches, or none");
            handlers_.emplace_back(topic, std::move(*handle));
        }
    }

    const Handler& operator[](const record& what) const
    {
        if (const auto* known = find(what.topic())) return *known;
        if (const auto* known = find(origin_of(what, group_).topic)) return *known;
        throw mistake(group_, "no handler for the topic " + std::string{what.topic()});
    }

private:
    const Handler* find(std::string_view topic) const
    {
        const auto found = std::ranges::find(handlers_, topic, &std::pair<std::string, Handler>::first);
        return found == handlers_.end() ? nullptr : &found->second;
    }

    std::string group_;
    std::vector<std::pair<std::string, Handler>> handlers_;
};

}  // namespace

any_handler by_topic(const std::string& group, std::vector<topic_handler> handlers)
{
    if (handlers.empty()) throw mistake(group, "no topic has a handler");
    if (handlers.size() == 1) return std::move(handlers.front().handle);
    // Neither is a coroutine itself: a record costs the frame of its own handler only.
    if (std::holds_alternative<record_handler>(handlers.front().handle))
        return record_handler{[of = choice<record_handler>{group, std::move(handlers)}](
                                  const record& what, context& about) { return of[what](what, about); }};
    return batch_handler{
        [of = choice<batch_handler>{group, std::move(handlers)}](std::span<const record> what, batch_context& about) {
            return of[what.front()](what, about);
        }};
}

}  // namespace sluice
