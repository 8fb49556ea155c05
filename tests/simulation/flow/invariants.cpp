#include "simulation/flow/invariants.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <set>

namespace sluice::testing {
namespace {

using kind = step::kind;

template <class Integer>
Integer big_endian(const std::optional<std::string>& bytes)
{
    Integer value{};
    if (!bytes || bytes->size() != sizeof value) return -1;
    std::memcpy(&value, bytes->data(), sizeof value);
    return boost::endian::big_to_native(value);
}

// Walks through a history and remembers what is needed to judge the next step.
class checker {
public:
    checker(simulated_broker& broker, const simulated_group& group, const run_rules& rules)
        : log_{broker.log()},
          history_{broker.history()},
          group_{group},
          rules_{rules}
    {
    }

    std::vector<broken_invariant> check(bool ended)
    {
        for (const auto& one : history_.steps()) {
            ++at_;
            walk(one);
        }
        if (ended) check_end();
        return std::move(broken_);
    }

private:
    // A partition as one member sees it.
    struct seen {
        enum class state { none, ours, leaving, lost } where = state::none;
        time_point told{};
        std::optional<std::int64_t> next{};       // I6: the least offset that may be delivered
        std::optional<std::int64_t> committed{};  // I8: what was last asked for
        std::map<std::int64_t, std::string> running{};
    };
    using place = std::pair<int, topic_partition>;

    void walk(const step& one)
    {
        if (dead_.contains(one.who)) return;  // what a killed process still seems to do never happened
        switch (one.what) {
            case kind::appended: appended(one); break;
            case kind::assigned: seen_[{one.who, one.where}] = {.where = seen::state::ours, .told = one.when}; break;
            case kind::accepted: seen_[{one.who, one.where}].next = one.offset; break;
            case kind::delivered: delivered(one); break;
            case kind::revoked: told(one, seen::state::leaving); break;
            case kind::lost: told(one, seen::state::lost); break;
            case kind::given_up: gone(one, seen_[{one.who, one.where}]); break;
            case kind::commit_asked: commit_asked(one); break;
            case kind::committed: committed(one); break;
            case kind::started: started(one); break;
            case kind::succeeded: succeeded(one); [[fallthrough]];
            case kind::failed:
            case kind::cut_short: seen_[{one.who, one.where}].running.erase(one.offset); break;
            case kind::closed: closed(one); break;
            case kind::died: dead_.insert(one.who); break;
            default: break;
        }
    }

    void appended(const step& one)
    {
        if (one.where.topic != rules_.output && one.where.topic != rules_.dead_letters) return;
        const auto& record = log_.read(one.where, one.offset).front();
        const auto origin = one.where.topic == rules_.output ? origin_of(record) : buried_of(record);
        if (one.where.topic == rules_.output)
            emitted_.insert({origin.where, origin.offset});
        else
            bury(one, record, origin);
        if (one.where.topic == rules_.dead_letters || handled_.contains({origin.where, origin.offset}))
            finished_[origin.where].insert(origin.offset);
    }

    void bury(const step& one, const logged& letter, const position& origin)
    {
        buried_.insert({origin.where, origin.offset});
        const auto sources = log_.read(origin.where, origin.offset);
        if (sources.empty() || sources.front().offset != origin.offset) {
            broken("I13", one, "a dead letter of no record");
            return;
        }
        const auto& source = sources.front();
        if (source.key != letter.key || source.value != letter.value)
            broken("I13", one, "a dead letter's bytes differ from its source's");
        for (const auto& header : source.headers)
            if (!std::ranges::count(letter.headers, header)) broken("I13", one, "a dead letter lacks " + header.name);
    }

    void delivered(const step& one)
    {
        auto& at = seen_[{one.who, one.where}];
        const auto left = log_.read(one.where, at.next.value_or(0));
        if (!at.next || left.front().offset != one.offset) broken("I6", one, "delivery is not contiguous");
        at.next = one.offset + 1;
    }

    void told(const step& one, seen::state where)
    {
        auto& at = seen_[{one.who, one.where}];
        at.where = where;
        at.told = one.when;
    }

    void gone(const step& one, seen& at)
    {
        for (const auto& [offset, key] : at.running)
            broken("I9", one, "given up while the handler of @" + std::to_string(offset) + " runs");
        at.running.clear();
        at.where = seen::state::none;
        at.told = one.when;
    }

    void closed(const step& one)
    {
        for (auto& [whose, what] : seen_)
            if (whose.first == one.who) gone(one, what);
    }

    void commit_asked(const step& one)
    {
        auto& at = seen_[{one.who, one.where}];
        if (at.where == seen::state::none || (at.where == seen::state::lost && one.when > at.told))
            broken("I9", one, "a commit for a partition that is another's");
        if (at.committed && one.offset < *at.committed)
            broken("I8", one, "a commit below " + std::to_string(*at.committed));
        at.committed = one.offset;

        const auto first = first_unfinished(one.where);
        if (first && one.offset > *first) broken("I7", one, "the commit passes @" + std::to_string(*first));
    }

    void committed(const step& one)
    {
        auto& last = committed_[one.where];
        if (one.offset < last) broken("I8", one, "the group's offset goes back from " + std::to_string(last));
        last = std::max(last, one.offset);
    }

    void started(const step& one)
    {
        auto& at = seen_[{one.who, one.where}];
        if (at.where != seen::state::ours && (at.where == seen::state::none || one.when > at.told))
            broken("I9", one, "a handler starts on a partition that is not its member's");
        const auto key = key_of(one);
        if (rules_.effects != run_rules::order::none)
            for (const auto& [offset, other] : at.running)
                if (!key.empty() && other == key) broken("I12", one, "runs beside @" + std::to_string(offset));
        at.running[one.offset] = key;
    }

    void succeeded(const step& one)
    {
        const auto& record = log_.read(one.where, one.offset).front();
        const bool first = handled_.insert({one.where, one.offset}).second;
        if (!rules_.emits(record) || emitted_.contains({one.where, one.offset}))
            finished_[one.where].insert(one.offset);
        if (!first || rules_.effects == run_rules::order::none) return;
        const auto key = key_of(one);
        if (key.empty()) return;
        auto& last = last_effect_.try_emplace({one.where, key}, -1).first->second;
        if (one.offset < last) broken("I12", one, "its effect comes after that of @" + std::to_string(last));
        last = one.offset;
    }

    void check_end()
    {
        for (const auto& where : log_.all_of(rules_.input)) {
            const auto records = log_.read(where);
            for (const auto& record : records) {
                const std::pair id{where, record.offset};
                const bool emitted = !rules_.emits(record) || emitted_.contains(id);
                const bool handled = handled_.contains(id) && emitted;
                if (rules_.buried(record) ? handled || !buried_.contains(id) : !handled || buried_.contains(id))
                    broken_.push_back({"I13: " + coordinates(where, record.offset) + " handled " +
                                           std::to_string(handled) + ", dead-lettered " +
                                           std::to_string(buried_.contains(id)),
                                       at_});
            }
            const auto stands = group_.committed(where);
            if (!records.empty() && (!stands || stands->offset <= records.back().offset))
                broken_.push_back({"I15: " + coordinates(where, stands ? stands->offset : -1) +
                                       " is committed, the log ends at " + std::to_string(log_.end(where)),
                                   at_});
        }
    }

    // What must run one after the other.
    [[nodiscard]] std::string key_of(const step& one) const
    {
        if (rules_.effects == run_rules::order::partition) return "all";
        return log_.read(one.where, one.offset).front().key.value_or("");
    }

    std::optional<std::int64_t> first_unfinished(const topic_partition& where)
    {
        const auto& done = finished_[where];
        auto& prefix = prefix_[where];
        const auto all = log_.read(where);
        while (prefix < all.size() && done.contains(all[prefix].offset)) ++prefix;
        return prefix < all.size() ? std::optional{all[prefix].offset} : std::nullopt;
    }

    void broken(std::string_view which, const step& one, const std::string& how)
    {
        broken_.push_back({std::string{which} + ": " + how + "\n    " + to_string(one), at_});
    }

    const simulated_log& log_;
    const simulated_history& history_;
    const simulated_group& group_;
    const run_rules& rules_;

    std::map<place, seen> seen_;
    std::set<int> dead_;
    std::set<std::pair<topic_partition, std::int64_t>> handled_, emitted_, buried_;
    std::map<topic_partition, std::set<std::int64_t>> finished_;
    std::map<topic_partition, std::size_t> prefix_;
    std::map<topic_partition, std::int64_t> committed_;
    std::map<std::pair<topic_partition, std::string>, std::int64_t> last_effect_;
    std::size_t at_ = 0;
    std::vector<broken_invariant> broken_;
};

}  // namespace

std::string coordinates(const topic_partition& where, std::int64_t offset)
{
    return where.topic + '/' + std::to_string(where.partition) + '@' + std::to_string(offset);
}

position origin_of(const logged& output)
{
    const std::string_view text = *output.value;
    const auto slash = text.find('/'), at = text.find('@');
    position origin{{std::string{text.substr(0, slash)}, 0}, 0, {}};
    std::from_chars(text.data() + slash + 1, text.data() + at, origin.where.partition);
    std::from_chars(text.data() + at + 1, text.data() + text.size(), origin.offset);
    return origin;
}

position buried_of(const logged& dead_letter)
{
    return {{dead_letter.header("kafka_dlt-original-topic").value_or(""),
             big_endian<std::int32_t>(dead_letter.header("kafka_dlt-original-partition"))},
            big_endian<std::int64_t>(dead_letter.header("kafka_dlt-original-offset")),
            {}};
}

std::vector<broken_invariant> broken_invariants(simulated_broker& broker, const simulated_group& group,
                                                const run_rules& rules, bool ended)
{
    return checker{broker, group, rules}.check(ended);
}

}  // namespace sluice::testing
