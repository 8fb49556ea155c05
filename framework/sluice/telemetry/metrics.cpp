#include "sluice/telemetry/metrics.hpp"

#include <prometheus/text_serializer.h>

namespace sluice {

void greatest_gauge::change(double from, double to)
{
    const std::scoped_lock lock{mutex_};
    if (const auto old = held_.find(from); old != held_.end()) held_.erase(old);
    if (to > 0) held_.insert(to);
    shown_.Set(held_.empty() ? 0 : *held_.rbegin());
}

prometheus::Counter& metrics::counter(const std::string& name, const std::string& help, const metric_labels& labels)
{
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add(labels);
}

prometheus::Gauge& metrics::gauge(const std::string& name, const std::string& help, const metric_labels& labels)
{
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add(labels);
}

greatest_gauge& metrics::greatest(const std::string& name, const std::string& help, const metric_labels& labels)
{
    auto& shown = gauge(name, help, labels);
    const std::scoped_lock lock{mutex_};
    return greatest_.try_emplace(&shown, shown).first->second;
}

prometheus::Histogram& metrics::histogram(const std::string& name, const std::string& help, const metric_labels& labels,
                                          prometheus::Histogram::BucketBoundaries bounds)
{
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_).Add(labels, std::move(bounds));
}

std::string metrics::text() const
{
    return prometheus::TextSerializer{}.Serialize(registry_.Collect());
}

}  // namespace sluice
