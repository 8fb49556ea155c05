#include "sluice/flow/batch.hpp"

#include "sluice/flow/failure.hpp"

namespace sluice {

failed_record::failed_record(std::size_t index, std::exception_ptr why)
    : index_{index},
      why_{why ? std::move(why) : std::make_exception_ptr(std::runtime_error{"the handler does not say why"})},
      words_{"record " + std::to_string(index) + " of a batch failed: " + classify(why_).message}
{
}

void check(const any_handler& handler, const flow_settings& settings)
{
    if (!std::holds_alternative<batch_handler>(handler) || !std::holds_alternative<unordered>(settings.order)) return;
    throw failure{error{errc::invalid,
                        "flow of group \"" + settings.group + "\": batches need an order, by_partition or by_key"}};
}

}  // namespace sluice
