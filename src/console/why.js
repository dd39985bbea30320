"use strict";
// Why the plan is as it is: sentences, what rules cost, and what one more kWh or m3 burns.

// Litres for one more kWh, by the start of its hour.
let hourPrices = new Map();

function litres(value) {
  return value === null ? "not to be had" : value.toFixed(2) + " L";
}

function showWhy(told) {
  hourPrices = new Map((told ? told.electricity : []).map((h) => [Date.parse(h.from), h.fuel_l_per_kwh]));
  $("why-state").textContent = told
    ? `Computed by solving the plan again with one set more or less, in ${one(told.seconds)} s.`
    : "Not explained yet: that takes some seconds after a plan.";
  const sentences = (told ? told.sets : []).map((r) => {
    const text = r.sentence.slice(r.sentence.indexOf(": ") + 2);
    const cells = [r.set, r.on ? "on" : "off", day(r.from), day(r.to), text];
    return element("tr", {}, ...cells.map((c) => element("td", {}, c)));
  });
  const head = ["set", "", "from", "to", "why"].map((h) => element("th", {}, h));
  $("why").replaceChildren(...(told ? [element("tr", {}, ...head), ...sentences] : []));
  $("why-water").textContent = told && told.water.length
    ? "One more m³ burns: " + told.water.map((w) => `${w.tank} on ${local(w.from, { weekday: "short" })} ${litres(w.fuel_l_per_m3)}`).join(", ") + "."
    : "";
  lines("why-rules", (told ? told.rules : []).map((r) => "Cost of " + r.sentence));
  lines("why-left-out", (told ? told.left_out : []).map((text) => "Not answered: " + text));
}

// Litres for one more kWh in the hour of a step, as text.
function hourPrice(time) {
  let found;
  for (const [from, price] of hourPrices) if (from <= time) found = price;
  return found === undefined ? "" : found === null ? "-" : found.toFixed(2);
}
