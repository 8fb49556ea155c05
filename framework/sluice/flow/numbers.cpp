#include "sluice/flow/numbers.hpp"

namespace sluice {
namespace {

metric_labels labels_of(const flow_settings& settings)
{
    return {{"group", settings.group}, {"handler", settings.handler.empty() ? settings.group : settings.handler}};
}

}  // namespace

flow_numbers::flow_numbers(metrics& numbers, const flow_settings& settings)
    : handled_{numbers.counter("sluice_records_handled_total", "Records whose handler finished", labels_of(settings))},
      dead_lettered_{numbers.counter("sluice_records_dead_lettered_total", "Records that went to the dead letters",
                                     labels_of(settings))},
      detoured_{
          numbers.counter("sluice_records_detoured_total", "Records that went to a retry topic", labels_of(settings))},
      retried_{numbers.counter("sluice_retries_total", "Attempts after the first", labels_of(settings))},
      forgone_{numbers.counter("sluice_records_forgone_total",
                               "Records that failed and, at most once, are not repeated", labels_of(settings))},
      openings_{numbers.counter("sluice_breaker_openings_total", "How often the breaker opened", labels_of(settings))},
      recalled_{numbers.counter("sluice_records_recalled_total",
                                "Records that did not run because an earlier owner had finished them",
                                labels_of(settings))},
      abandoned_{numbers.counter("sluice_records_abandoned_total", "Records cut short by a revocation or a stop",
                                 labels_of(settings))},
      commits_{numbers.counter("sluice_commits_total", "Acknowledged commits", labels_of(settings))},
      commit_failures_{numbers.counter("sluice_commit_failures_total", "Refused commits", labels_of(settings))},
      running_{numbers.gauge("sluice_records_running", "Handlers that run now", labels_of(settings))},
      queued_{numbers.gauge("sluice_records_queued", "Records about to run", labels_of(settings))},
      parked_{numbers.gauge("sluice_records_parked", "Records behind a retry", labels_of(settings))},
      partitions_{numbers.gauge("sluice_partitions_assigned", "Partitions of this process", labels_of(settings))},
      refused_{numbers.gauge("sluice_dead_letters_refused", "Dead letters that the broker will not take",
                             labels_of(settings))},
      open_{numbers.gauge("sluice_breaker_open", "Breakers that are open, or half-open", labels_of(settings))},
      stuck_{numbers.gauge("sluice_partitions_stuck", "Partitions whose oldest unfinished record stays for long",
                           labels_of(settings))},
      stalled_{numbers.greatest("sluice_stalled_seconds",
                                "How long the oldest unfinished record has stayed where it stayed longest",
                                labels_of(settings))}
{
}

void flow_numbers::report(const flow_totals& now, const committing& commits)
{
    handled_.raise_to(now.handled);
    dead_lettered_.raise_to(now.dead_lettered);
    detoured_.raise_to(now.detoured);
    retried_.raise_to(now.retried);
    forgone_.raise_to(now.forgone);
    openings_.raise_to(now.openings);
    recalled_.raise_to(now.recalled);
    abandoned_.raise_to(now.abandoned);
    commits_.raise_to(commits.commits());
    commit_failures_.raise_to(commits.failures());
    running_.set(now.running);
    queued_.set(now.queued);
    parked_.set(now.parked);
    partitions_.set(now.partitions);
    refused_.set(now.refused);
    open_.set(now.open ? 1 : 0);
    stuck_.set(now.stuck);
    stalled_.set(now.stalled);
}

}  // namespace sluice
