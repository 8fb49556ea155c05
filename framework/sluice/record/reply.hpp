#pragma once

#include "sluice/base/result.hpp"
#include "sluice/record/record.hpp"
#include "sluice/record/topic.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// What a handler emits: the records that the flow sends before it calls the handled one finished.
class reply {
public:
    reply() = default;

    reply& add(outgoing what)
    {
        records_.push_back(std::move(what));
        return *this;
    }

    [[nodiscard]] const std::vector<outgoing>& records() const noexcept { return records_; }
    [[nodiscard]] std::vector<outgoing> take() && { return std::move(records_); }

    /// As bytes that an inbox keeps, and back: a repeat of the record emits what the first run did.
    [[nodiscard]] std::string encode() const;
    static result<reply> decode(std::string_view bytes);

private:
    std::vector<outgoing> records_;
};

/// `co_return emit(orders_placed, order);`
template <class T>
reply emit(const topic<T>& to, const std::type_identity_t<T>& what)
{
    return std::move(reply{}.add(to.make(what)));
}

}  // namespace sluice
