#include "orders/demo_table.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace orders {

using sluice::duration;

namespace {

double milliseconds(duration span)
{
    return std::round(std::chrono::duration<double, std::milli>{span}.count() * 10) / 10;
}

std::string lags(const demo_view& view, const char* between)
{
    std::string text;
    for (const auto& [group, lag] : view.lags) text += (text.empty() ? "" : between) + fmt::format("{} {}", group, lag);
    return text;
}

std::string payment(const demo_view& view)
{
    return fmt::format("{} retries, breaker {}, opened {} times", view.retries, view.open ? "OPEN" : "closed",
                       view.openings);
}

std::string span(const demo_tally& tally)
{
    return fmt::format("{:.1f} ms p50, {:.1f} ms p99", milliseconds(tally.to_paid().at(0.5)),
                       milliseconds(tally.to_paid().at(0.99)));
}

}  // namespace

std::string table(const demo_tally& tally, const demo_view& view, bool again)
{
    const auto count = [&](step what) { return tally.count(what); };
    const std::string rows[] = {
        view.phase,
        fmt::format("  orders           accepted {}, in flight {}, refused {}", tally.accepted(), tally.in_flight(),
                    tally.refused()),
        fmt::format("  so far           placed {}, reserved {}, rejected {}, paid {}", count(step::placed),
                    count(step::reserved), count(step::rejected), count(step::paid)),
        fmt::format("                   declined {}, released {}, emailed {}, dead-lettered {}", count(step::declined),
                    count(step::released), count(step::emailed), count(step::dead_lettered)),
        fmt::format("  revenue          {} of {} captured", view.revenue.to_text(), tally.revenue().to_text()),
        "  POST to paid     " + span(tally),
        "  payment          " + payment(view),
        "  lag              " + lags(view, ", "),
    };
    std::string text = again ? fmt::format("\x1b[{}A", std::size(rows)) : "";
    for (const auto& row : rows) text += (&row == rows ? "" : "\n") + ("\x1b[2K" + row);
    return text;
}

std::string line(const demo_tally& tally, const demo_view& view)
{
    const auto count = [&](step what) { return tally.count(what); };
    return fmt::format(
        "{}: accepted {}, placed {}, reserved {}, rejected {}, paid {}, declined {}, released {}, emailed {}, "
        "dead-lettered {}, refused {}, in flight {}; revenue {}; POST to paid {}; payment: {}; lag: {}",
        view.phase, tally.accepted(), count(step::placed), count(step::reserved), count(step::rejected),
        count(step::paid), count(step::declined), count(step::released), count(step::emailed),
        count(step::dead_lettered), tally.refused(), tally.in_flight(), view.revenue.to_text(), span(tally),
        payment(view), lags(view, ", "));
}

demo_verdict judge(const demo_tally& tally, const demo_sums& sums, std::uint64_t unsettled)
{
    demo_verdict all{.accepted = tally.accepted(),
                     .refused = tally.refused(),
                     .rejected = tally.count(step::rejected),
                     .paid = tally.count(step::paid),
                     .released = tally.count(step::released),
                     .dead_lettered = tally.count(step::dead_lettered),
                     .emailed = tally.count(step::emailed),
                     .lost = std::max(tally.in_flight(), tally.unconfirmed()),
                     .contradictions = tally.contradictions(),
                     .unsettled = unsettled,
                     .captured = tally.revenue(),
                     .charged = sums.charged,
                     .revenue = sums.revenue,
                     .units = tally.units(),
                     .units_counted = sums.units,
                     .units_reserved = sums.reserved,
                     .p50_ms = milliseconds(tally.to_paid().at(0.5)),
                     .p99_ms = milliseconds(tally.to_paid().at(0.99))};
    all.ok = all.accepted > 0 && all.lost == 0 && all.contradictions == 0 && all.unsettled == 0 &&
             all.charged == all.captured && all.revenue == all.captured && all.units_counted == all.units &&
             all.units_reserved == all.units;
    return all;
}

}  // namespace orders
