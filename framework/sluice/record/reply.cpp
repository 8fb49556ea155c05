#include "sluice/record/reply.hpp"

namespace sluice {
namespace {

constexpr char version = 1;

// Numbers are LEB128; a text is its length and its bytes; what may be absent has a 0 or a 1 before it.

void write(std::string& to, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
    to += static_cast<char>(value);
}

void write(std::string& to, const std::string& bytes)
{
    write(to, bytes.size());
    to += bytes;
}

template <class T>
void write(std::string& to, const std::optional<T>& value)
{
    write(to, std::uint64_t{value.has_value()});
    if (value) write(to, *value);
}

/// Once something does not fit, all that follows is empty, and `complete` is false.
class reader {
public:
    explicit reader(std::string_view from) : rest_{from} {}

    std::uint64_t number()
    {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const auto next = take(1);
            const auto byte = next.empty() ? 0U : static_cast<unsigned char>(next.front());
            value |= std::uint64_t{byte & 0x7f} << shift;
            if (byte < 0x80) return value;
        }
        take(rest_.size() + 1);
        return 0;
    }
    std::string text() { return std::string{take(number())}; }
    bool present() { return number() != 0; }

    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] bool complete() const { return good_ && rest_.empty(); }

private:
    std::string_view take(std::uint64_t size)
    {
        if (size > rest_.size()) {
            good_ = false;
            rest_ = {};
            return {};
        }
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }

    std::string_view rest_;
    bool good_ = true;
};

std::optional<std::string> optional_text(reader& from)
{
    return from.present() ? std::optional{from.text()} : std::nullopt;
}

}  // namespace

std::string reply::encode() const
{
    std::string bytes{version};
    write(bytes, records_.size());
    for (const outgoing& each : records_) {
        write(bytes, each.topic);
        write(bytes, each.key);
        write(bytes, each.value);
        write(bytes, each.headers.size());
        for (const auto& [name, value] : each.headers) {
            write(bytes, name);
            write(bytes, value);
        }
        write(bytes, each.partition);
        write(bytes, each.time ? std::optional{each.time->time_since_epoch().count()} : std::nullopt);
    }
    return bytes;
}

result<reply> reply::decode(std::string_view bytes)
{
    if (!bytes.starts_with(version)) return error{errc::corrupt, "not a kept reply, or one of another version"};
    reader from{bytes.substr(1)};
    reply kept;
    for (auto count = from.number(); count > 0 && from.good(); --count) {
        outgoing each;
        each.topic = from.text();
        each.key = optional_text(from);
        each.value = optional_text(from);
        for (auto headers = from.number(); headers > 0 && from.good(); --headers) {
            auto name = from.text();
            each.headers.push_back({std::move(name), optional_text(from)});
        }
        if (from.present()) each.partition = static_cast<std::int32_t>(from.number());
        if (from.present()) each.time = timestamp{std::chrono::milliseconds{static_cast<std::int64_t>(from.number())}};
        kept.add(std::move(each));
    }
    if (!from.complete()) return error{errc::corrupt, "a kept reply that is cut or damaged"};
    return kept;
}

}  // namespace sluice
