#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <mutex>
#include <set>
#include <string>

namespace sluice {

using metric_labels = std::map<std::string, std::string>;

/// A gauge of several holders, the shards, that shows the greatest of what they hold. Thread-safe.
class greatest_gauge {
public:
    explicit greatest_gauge(prometheus::Gauge& shown) : shown_{shown} {}

    /// One holder's value: 0 when it begins, and again when it goes.
    void change(double from, double to);

private:
    prometheus::Gauge& shown_;
    std::mutex mutex_;
    std::multiset<double> held_;
};

/// The program's metrics, in Prometheus' data model. One for all shards. Thread-safe; what it returns lives as
/// long as it does, and the same name and labels return the same metric, so look one up once and keep it.
class metrics {
public:
    prometheus::Counter& counter(const std::string& name, const std::string& help, const metric_labels& labels = {});
    prometheus::Gauge& gauge(const std::string& name, const std::string& help, const metric_labels& labels = {});
    greatest_gauge& greatest(const std::string& name, const std::string& help, const metric_labels& labels = {});
    /// `bounds`: the upper bounds of the buckets, ascending; times are in seconds.
    prometheus::Histogram& histogram(const std::string& name, const std::string& help, const metric_labels& labels,
                                     prometheus::Histogram::BucketBoundaries bounds);

    /// The text exposition format 0.0.4.
    [[nodiscard]] std::string text() const;

private:
    prometheus::Registry registry_;
    std::mutex mutex_;
    std::map<prometheus::Gauge*, greatest_gauge> greatest_;
};

}  // namespace sluice
