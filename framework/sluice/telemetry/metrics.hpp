#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <string>

namespace sluice {

using metric_labels = std::map<std::string, std::string>;

/// The program's metrics, in Prometheus' data model. One for all shards. Thread-safe; what it returns lives as
/// long as it does, and the same name and labels return the same metric, so look one up once and keep it.
class metrics {
public:
    prometheus::Counter& counter(const std::string& name, const std::string& help, const metric_labels& labels = {});
    prometheus::Gauge& gauge(const std::string& name, const std::string& help, const metric_labels& labels = {});
    /// `bounds`: the upper bounds of the buckets, ascending; times are in seconds.
    prometheus::Histogram& histogram(const std::string& name, const std::string& help, const metric_labels& labels,
                                     prometheus::Histogram::BucketBoundaries bounds);

    /// The text exposition format 0.0.4.
    [[nodiscard]] std::string text() const;

private:
    prometheus::Registry registry_;
};

}  // namespace sluice
