#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::http {

/// The header fields of a message, in the order they came; names compare without case. All text lies in one
/// buffer, so a request's fields cost no allocation each. Views live until the next change.
class header_fields {
    struct place {
        std::uint32_t at, name, value;  // the name starts at `at`, the value behind it
    };

public:
    struct field {
        std::string_view name, value;
    };

    header_fields() = default;
    header_fields(std::initializer_list<field> fields);

    /// Adds a field. Throws std::invalid_argument for a name that is no token, or a value with a line break or
    /// another control character: it could end the header early.
    void add(std::string_view name, std::string_view value);
    /// Adds a field in place of those of its name.
    void set(std::string_view name, std::string_view value);
    std::size_t erase(std::string_view name);
    void clear() noexcept;

    /// The value of the first field of this name.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
    [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }

    [[nodiscard]] auto all() const
    {
        return std::views::transform(places_, [this](place p) { return view(p); });
    }

private:
    template <bool>
    friend class message_parser;  // it has checked what it adds

    [[nodiscard]] field view(place p) const noexcept;
    void append(std::string_view name, std::string_view value);

    std::string text_;
    std::vector<place> places_;
};

/// Whether two names or tokens are equal without regard to (ASCII) case.
bool same_token(std::string_view left, std::string_view right) noexcept;

/// Whether a comma-separated header value such as `Connection` holds `token`.
bool has_token(std::string_view list, std::string_view token);

}  // namespace sluice::http
