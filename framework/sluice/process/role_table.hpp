#pragma once

#include "sluice/base/async.hpp"
#include "sluice/base/clock.hpp"
#include "sluice/record/codec.hpp"
#include "sluice/record/topic.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

class role;

/// A topic, which lives as long as the program, and how JSON becomes a record of it.
class topic_reference {
public:
    template <class T>
    topic_reference(const topic<T>& to) : declaration_{&to},
                                          make_{make_as<T>}
    {
    }

    const topic_declaration* operator->() const noexcept { return declaration_; }
    const topic_declaration& operator*() const noexcept { return *declaration_; }

    /// The record for a payload that somebody wrote by hand: checked, and with the key that it must have.
    [[nodiscard]] result<outgoing> make(std::string_view json) const { return make_(*declaration_, json); }

private:
    template <class T>
    static result<outgoing> make_as(const topic_declaration& to, std::string_view json)
    {
        auto payload = from_json<T>(json);
        if (!payload) return error{payload.error()};
        return static_cast<const topic<T>&>(to).make(*payload);
    }

    const topic_declaration* declaration_;
    result<outgoing> (*make_)(const topic_declaration& to, std::string_view json);
};
using topic_references = std::vector<topic_reference>;

/// The routes of a role's HTTP listener (`POST /checkout`, `GET /stock/{sku}`) and its default port.
struct serves {
    unsigned short port = 0;
    std::vector<std::string> routes;
};

/// What a role consumes: `reads{orders_placed}`, or with a group that is not called as the role is:
/// `reads{"inventory-service", {orders_placed}}`. A role that reads in several groups has several.
struct reads {
    template <class... T>
    explicit reads(const topic<T>&... from) : topics{from...}
    {
    }
    reads(std::string group, topic_references from) : group{std::move(group)}, topics{std::move(from)} {}

    /// `reads{uploaded}.tried_again_after({30s, 5min})`: through retry topics (`flow_settings::retry_topics`).
    reads&& tried_again_after(std::vector<duration> delays) &&
    {
        retries = std::move(delays);
        return std::move(*this);
    }

    std::string group;
    topic_references topics;
    std::vector<duration> retries = {};
};

/// What a role produces, in replies or by sending.
struct writes {
    template <class... T>
    explicit writes(const topic<T>&... to) : topics{to...}
    {
    }

    topic_references topics;
};

/// A line of the role table: what a role is called, what it runs, and what it reads, writes and serves, so that the
/// map of the system is known without running it. What follows the summary comes in any order.
struct role_entry {
    template <class... Declarations>
    role_entry(std::string name, std::function<awaitable<>(role&)> body, std::string summary,
               Declarations... declarations)
        : name{std::move(name)},
          body{std::move(body)},
          summary{std::move(summary)}
    {
        (declare(std::move(declarations)), ...);
    }

    std::string name;
    /// Runs once a shard, until its work is done or `role::stop()` says so.
    std::function<awaitable<>(role&)> body;
    std::string summary;
    std::vector<reads> inputs;
    topic_references outputs;
    std::optional<serves> http;

    [[nodiscard]] bool writes_to(std::string_view topic) const;
    /// The declaration by which the role reads a topic in a group; an empty group stands for any.
    [[nodiscard]] const reads* input(std::string_view topic, std::string_view group) const;
    /// Whether the role may send there: to what it declares, and to the dead letters and retry topics of what it reads.
    [[nodiscard]] bool may_send(std::string_view topic) const;

private:
    void declare(reads from);
    void declare(const writes& to);
    void declare(serves where);
};

using role_table = std::span<const role_entry>;
using chosen_roles = std::vector<const role_entry*>;

/// Finds mistakes in the table itself (a name twice, two roles on one port, a topic with two declarations …) and
/// throws std::logic_error that names them.
void check(role_table table);

/// A topic that some role declares; none where no role does.
std::optional<topic_reference> find_topic(role_table table, std::string_view name);

/// The entries of these names; all where there is none. Throws `usage_error` for a name that is not there.
chosen_roles choose(role_table table, std::span<const std::string> names);

/// A topic that roles need, as it is to be created.
struct needed_topic : topic_declaration {
    enum class use { declared, dead_letters, retries };

    needed_topic(std::string name, topic_settings how, use what)
        : topic_declaration{std::move(name), std::move(how)},
          what{what}
    {
    }

    use what;
};
/// What these roles read and write, and the dead letters and the retry topics (with that of redrives) of what they
/// read: each once, by name.
std::vector<needed_topic> needed_topics(const chosen_roles& roles);

}  // namespace sluice
