"use strict";
// Asks for the last so many minutes again and again, and draws them. Whatever comes from events is only ever put in as
// text, never as HTML. Sums are made in cents, so that they are exact.

const every = 2000;     // ms from an answer to the next question
const patience = 5000;  // ms for one answer
const bars = 100;       // at most; longer times get wider bars
const steps = [1, 5, 15, 30, 60];
const minute = 60_000;

const $ = (id) => document.getElementById(id);
const amount = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const count = new Intl.NumberFormat();
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const exactly = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const cents = (money) => Math.round(money * 100);

let ahead = 0;  // of the server's clock before ours
let answered;   // when the figures on the page came
const charts = {};

// One bar for each step of the time, also where nothing happened.
function buckets(report, span) {
  const step = steps.find((s) => span / s <= bars) * minute;
  const end = Date.parse(report.to);
  const first = Math.floor(Date.parse(report.from) / step) * step;
  const all = [];
  for (let at = first; at < end; at += step) all.push({ at, revenue: 0, units: 0, orders: 0, running: at + step >= end });
  for (const one of report.minutes) {
    const into = all[Math.floor((Date.parse(one.minute) - first) / step)];
    into.revenue += cents(one.revenue);
    into.units += one.units;
    into.orders += one.orders;
  }
  return { step, all };
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function draw(name, options, labels, values, colours) {
  const chart = charts[name] ??= new Chart($(name), {
    type: "bar",
    data: { labels: [], datasets: [{ data: [], maxBarThickness: 40, borderRadius: 3 }] },
    options: { animation: false, maintainAspectRatio: false, ...options, plugins: { legend: { display: false }, ...options.plugins } },
  });
  for (const scale of Object.values(chart.options.scales)) {
    scale.ticks.color = colour("--faint");
    scale.grid.color = colour("--line");
    scale.grid.borderColor = colour("--line");
  }
  chart.data.labels = labels;
  Object.assign(chart.data.datasets[0], { data: values, backgroundColor: colours });
  chart.update();
}

const overTime = (format, what) => ({
  scales: {
    x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 16 } },
    y: { beginAtZero: true, grid: {}, ticks: { precision: 0, callback: (value) => count.format(value) } },
  },
  plugins: { tooltip: { callbacks: { label: (at) => `${what} ${format.format(at.raw)}` } } },
});

const ranking = {
  indexAxis: "y",
  scales: {
    x: { beginAtZero: true, grid: {}, ticks: { maxTicksLimit: 6, callback: (value) => count.format(value) } },
    y: { grid: { display: false }, ticks: { autoSkip: false, callback(index) { return shortened(this.getLabelForValue(index)); } } },
  },
  plugins: { tooltip: { callbacks: { label: (at) => `revenue ${amount.format(at.raw)}` } } },
};

function shortened(name) {
  return name.length > 24 ? name.slice(0, 23) + "…" : name;
}

function show(report, span) {
  const { orders, revenue, units } = report.totals;
  $("revenue").textContent = amount.format(revenue);
  $("orders").textContent = count.format(orders);
  $("units").textContent = count.format(units);
  $("average").textContent = orders > 0 ? amount.format(cents(revenue) / orders / 100) : "–";
  $("empty").hidden = orders > 0;
  $("charts").hidden = orders === 0;
  $("wider").hidden = span === 1440;
  if (orders === 0) return;

  const { step, all } = buckets(report, span);
  const labels = all.map((one) => clock.format(one.at));
  const tones = (name) => all.map((one) => colour(one.running ? `${name}-now` : name));
  draw("revenue-chart", overTime(amount, "revenue"), labels, all.map((one) => one.revenue / 100), tones("--bar"));
  draw("units-chart", overTime(count, "units"), labels, all.map((one) => one.units), tones("--second"));
  for (const label of document.querySelectorAll(".step"))
    label.textContent = `each ${step === minute ? "minute" : `${step / minute} minutes`}; the last one still runs`;

  const first = report.products.slice(0, 8);
  draw("products-chart", ranking, first.map((one) => one.product_id), first.map((one) => one.revenue), colour("--bar"));
  $("revenue-chart").ariaLabel = `Revenue over time, ${amount.format(revenue)} in all`;
  $("units-chart").ariaLabel = `Units over time, ${count.format(units)} in all`;
  $("products-chart").ariaLabel = "Revenue of " + first.map((one) => `${one.product_id} ${amount.format(one.revenue)}`).join(", ");

  const shown = report.products.length;
  $("products-shown").textContent = shown < report.totals.products ? `the first ${shown} of ${report.totals.products}` : "";
  $("products").replaceChildren(...report.products.map((one) => {
    const row = document.createElement("tr");
    for (const text of [one.product_id, count.format(one.units), amount.format(one.revenue)])
      row.insertCell().textContent = text;
    return row;
  }));
}

// Whether the answer is still wanted when it comes.
async function ask(wanted) {
  const span = Number($("span").value);
  const to = Math.floor((Date.now() + ahead) / minute + 1) * minute;
  const query = new URLSearchParams({ from: new Date(to - span * minute).toISOString(), to: new Date(to).toISOString() });
  const answer = await fetch(`analytics/orders?${query}`, { cache: "no-store", signal: AbortSignal.timeout(patience) });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  ahead = Date.parse(answer.headers.get("Date")) - Date.now() || 0;
  const report = await answer.json();
  if (wanted()) show(report, span);
}

async function refresh(wanted) {
  try {
    await ask(wanted);
    answered = Date.now();
    $("state").className = "live";
    $("state").textContent = `live, ${exactly.format(answered)}`;
  } catch (trouble) {
    console.warn(trouble);
    $("state").className = "stale";
    $("state").textContent = answered ? `no answer since ${exactly.format(answered)}, trying again` : "no answer, trying again";
  }
}

let turn = 0;
async function keepRefreshing() {
  const mine = ++turn;  // a newer one ends those before
  const wanted = () => mine === turn;
  while (wanted()) {
    if (!document.hidden) await refresh(wanted);
    await new Promise((resume) => setTimeout(resume, every));
  }
}

$("span").addEventListener("change", keepRefreshing);
$("wider").addEventListener("click", () => {
  $("span").value = "1440";
  keepRefreshing();
});
document.addEventListener("visibilitychange", () => document.hidden || keepRefreshing());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", keepRefreshing);
keepRefreshing();
