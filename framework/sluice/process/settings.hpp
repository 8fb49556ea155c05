#pragma once

#include "sluice/base/clock.hpp"
#include "sluice/process/arguments.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

class settings;

/// A setting that somebody may give: a dotted key, e.g. `inventory.stock`.
struct setting_declaration {
    enum class kind { value, secret, toggle, list };  ///< `toggle`: a flag without a value; `list`: a flag that repeats

    std::string key;
    std::string fallback;
    std::string help;
    kind what = kind::value;
    /// Throws `usage_error` for a bad value. Called once all is read, so that a mistake is told then, and not when a
    /// role needs the value.
    std::function<void(const settings& given, std::string_view key)> check = {};
};

/// A `setting_declaration::check`: the text is a `T`, as `settings::get<T>` reads it.
template <class T>
void is(const settings& given, std::string_view key);

/// A number of bytes, written `512`, `64KiB`, `5MB`.
struct byte_size {
    std::uint64_t bytes = 0;
    friend auto operator<=>(const byte_size&, const byte_size&) = default;
};

/// What the program was told, one dotted key everywhere: flag `--http.address x`, environment `SLUICE_HTTP_ADDRESS`,
/// file `[http]` `address = x` (of `--config`), default; the first that is given wins. Read-only once roles run, so
/// every thread may read it.
class settings {
public:
    struct sources {
        std::vector<setting_declaration> known = {};
        std::vector<setting_declaration> options = {};  ///< of one command: only as flags
        given_flags flags = {};
        std::map<std::string, std::string> environment =
            {};  ///< all of it: what does not begin with SLUICE_ is skipped
    };
    struct value {
        std::string text;
        std::string from;  ///< `--drain`, `SLUICE_DRAIN`, the file's name, or `default`
    };

    settings() = default;
    /// Throws `usage_error` for a key that nobody declared, and for a bad value whose declaration has a check. Keys
    /// under `kafka.` are left to librdkafka to know.
    explicit settings(const sources& from);

    /// The setting as std::string, bool, std::int64_t, std::int32_t, std::uint16_t (a port), duration (`250ms`, `30s`,
    /// `2m`, `1h`) or byte_size. Throws `usage_error`, naming key, value, source and what was expected.
    template <class T>
    [[nodiscard]] T get(std::string_view key) const;
    /// `fallback` where the setting is empty and its declaration has no default.
    template <class T>
    [[nodiscard]] T get(std::string_view key, T fallback) const
    {
        return text(key).empty() ? fallback : get<T>(key);
    }
    [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t least,
                                       std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;

    /// A number such as 0.3, written without an exponent.
    [[nodiscard]] double number(std::string_view key, double least, double most) const;

    /// Throws the `usage_error` for a value that is not what was expected.
    [[noreturn]] void reject(std::string_view key, std::string_view expected) const;

    /// Every value of a flag that may repeat, in order.
    [[nodiscard]] const std::vector<std::string>& list(std::string_view key) const;
    /// Whether somebody gave it, rather than the default.
    [[nodiscard]] bool given(std::string_view key) const;
    /// What was given under a prefix, without it: `under("kafka.")`.
    [[nodiscard]] std::map<std::string, value> under(std::string_view prefix) const;

    /// Gives a setting from inside the program, over whatever was there.
    void put(const std::string& key, std::string text, std::string from);

    struct effective {
        std::string key, text, from, help;  ///< the text of a secret is hidden
    };
    /// All settings, by key.
    [[nodiscard]] std::vector<effective> all() const;

private:
    struct entry {
        value now;
        std::vector<std::string> texts;
        std::string help;
        setting_declaration::kind what = setting_declaration::kind::value;
        std::function<void(const settings&, std::string_view)> check = {};
    };
    [[nodiscard]] const entry& at(std::string_view key) const;
    [[nodiscard]] const std::string& text(std::string_view key) const { return at(key).now.text; }
    void declare(const std::vector<setting_declaration>& known);
    entry& find(const std::string& key, const std::string& from);
    void read_file(const std::string& path);
    void read_environment(const std::map<std::string, std::string>& environment);
    void read_flags(const given_flags& flags);
    void read_config(const std::vector<setting_declaration>& known);

    std::map<std::string, entry, std::less<>> entries_;
};

template <class T>
void is(const settings& given, std::string_view key)
{
    static_cast<void>(given.get<T>(key));
}

/// `SLUICE_KAFKA_BOOTSTRAP_SERVERS` for `kafka.bootstrap.servers`.
std::string environment_name(std::string_view key);

}  // namespace sluice
