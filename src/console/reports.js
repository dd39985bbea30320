"use strict";
// Reports: the month as a file to print or to hand on, the fuel's book, what was learnt.

async function fetchText(path) {
  const answer = await fetch("/api/v1" + path, { headers: { Authorization: "Bearer " + token } });
  if (!answer.ok) throw new Error((await answer.json()).detail || answer.statusText);
  return answer.text();
}

function save(name, kind, text) {
  const link = element("a", { download: name, href: URL.createObjectURL(new Blob([text], { type: kind })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

async function told(work) {
  $("report-state").textContent = "asking …";
  try {
    $("report-state").textContent = (await work()) || "";
  } catch (error) {
    $("report-state").textContent = error.message;
  }
}

function scorecard(form, ending, kind) {
  return told(async () => {
    const month = $("report-month").value;
    const text = await fetchText(`/reports/scorecard?month=${encodeURIComponent(month)}&form=${form}`);
    save(`scorecard-${month}.${ending}`, kind, text);
    return `scorecard-${month}.${ending} is saved`;
  });
}

$("report-page").addEventListener("click", () => scorecard("page", "html", "text/html"));
$("report-csv").addEventListener("click", () => scorecard("csv", "csv", "text/csv"));

$("report-saving").addEventListener("click", () => told(async () => {
  const report = await ask("/reports/saving");
  lines("report-lines", report.days.map((d) => d.saved_l === null
    ? `${d.day}: not claimed, ${whole(100 * d.complete_frac)} % of the day is known`
    : `${d.day}: ${whole(d.saved_l)} L, give or take ${whole(d.band_l)}: ${whole(d.actual_l)} L in place of ${whole(d.baseline_l)} L`));
  if (report.saved_l === null) return "Nothing is claimed: too little is known of these days.";
  return `${whole(report.saved_l)} L saved, give or take ${whole(report.band_l)}, against ${report.baseline}: ${report.about}.`;
}));

$("report-fuel").addEventListener("click", () => told(async () => {
  const { book } = await ask("/reports/fuel");
  const nights = book ? book.nights.slice(-14) : [];
  lines("report-lines", nights.map((n) =>
    `${n.day}: ${whole(n.drawn_l)} L left the tank, ${whole(n.expected_l)} L expected; ` +
    `${whole(n.missing_l)} L beyond what is usual, band ${whole(n.band_l)} L${n.is_suspect ? ": missing" : ""}`));
  if (!book) return "No level of a fuel tank is metered.";
  return book.missing ? book.missing.about : "No fuel is missing beyond the band.";
}));

$("report-learning").addEventListener("click", () => told(async () => {
  const { learnt } = await ask("/reports/learning");
  const three = (x) => x.toFixed(3);
  const curves = learnt.sets.flatMap((set) => set.curve.filter((p) => p.is_measured).map((p) =>
    `${set.asset} at ${whole(p.load_kw)} kW: ${one(p.learnt_l_per_h)} L/h ` +
    `(${one(p.learnt_min_l_per_h)} to ${one(p.learnt_max_l_per_h)}), stated ${one(p.stated_l_per_h)}`));
  const values = learnt.assets.flatMap((asset) => asset.values.map((v) =>
    `${asset.asset} ${v.quantity}: ${three(v.value)} (${three(v.min)} to ${three(v.max)}), stated ${three(v.stated)}`));
  lines("report-lines", [...curves, ...values, ...learnt.not_learnt.map((why) => `not learnt: ${why}`)]);
  return "Learnt from the meters, with 90 % bands. Plans use none of it until the site file says so.";
}));

$("report-month").value = new Date().toISOString().slice(0, 7);
