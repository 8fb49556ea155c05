#include "sluice/telemetry/metrics.hpp"

#include <prometheus/text_serializer.h>

namespace sluice {

prometheus::Counter& metrics::counter(const std::string& name, const std::string& help, const metric_labels& labels)
{
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add(labels);
}

prometheus::Gauge& metrics::gauge(const std::string& name, const std::string& help, const metric_labels& labels)
{
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add(labels);
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
