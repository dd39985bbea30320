"use strict";
// The operator's page: asks the REST interface, draws with SVG, needs nothing from anywhere else.

const $ = (id) => document.getElementById(id);
const STALE_S = 900;
let token = sessionStorage.getItem("token") || "";
let site = null;
let variant = null;
let shownPlan = null;
let shownNow = 0;
let shownSince = 0;

const fromHash = new URLSearchParams(location.hash.slice(1)).get("token");
if (fromHash) {
  token = fromHash;
  sessionStorage.setItem("token", token);
  history.replaceState(null, "", location.pathname);
}

async function ask(path, options = {}) {
  const headers = { Authorization: "Bearer " + token, ...options.headers };
  const answer = await fetch("/api/v1" + path, { ...options, headers });
  if (answer.status === 401) throw new Error("unauthorized");
  if (answer.status === 404) return null;
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail || answer.statusText);
  return body;
}

// ---- small helpers

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";
function shape(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

const sum = (list) => list.reduce((a, b) => a + b, 0);
const whole = (x) => Math.round(x).toString();
const one = (x) => x.toFixed(1);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name);

function local(time, style) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: site.place.time_zone, ...style }).format(new Date(time));
}
const clock = (time) => local(time, { hour: "2-digit", minute: "2-digit" });
const day = (time) => local(time, { weekday: "short", hour: "2-digit", minute: "2-digit" });

function lines(id, texts) {
  $(id).replaceChildren(...texts.map((text) => element("li", {}, text)));
}

// ---- now

function card(kind, name, value, note, fill, floors, stale) {
  const box = element("div", { class: "card " + kind + (stale ? " stale" : "") }, element("b", {}, name));
  box.append(element("span", { class: "value" }, value));
  if (fill !== null) {
    const bar = element("div", { class: "bar" });
    bar.append(element("i", { style: "width:" + Math.min(100, Math.max(0, 100 * fill)) + "%" }));
    for (const floor of floors) bar.append(element("u", { style: "left:" + 100 * floor + "%", title: "floor" }));
    box.append(bar);
  }
  box.append(element("small", {}, stale ? "no fresh reading" : note));
  return box;
}

function showNow(state) {
  const value = (name) => (state.values[name] || {}).value;
  const stale = (name) => !state.values[name] || state.values[name].age_s > STALE_S;
  const feeders = ["load", "wastewater", "thermal_store", "batch"].reduce((n, kind) => n + Object.keys(site[kind] || {}).length, 0);
  // What no meter has told is not nothing.
  const told = (name, text) => value(name) === undefined ? "?" : text;
  const cards = [];
  const consumers = Object.keys(state.values).filter((n) => /^(load|wastewater|thermal_store|batch)\..*\.demand_kw$/.test(n));
  if (consumers.length) {
    const load = sum(consumers.map(value));
    cards.push(card("", "Load", whole(load) + " kW", consumers.length + " of " + feeders + " feeders", null, [], consumers.every(stale)));
  }
  for (const [id, set] of Object.entries(site.genset)) {
    const name = "genset." + id + ".power_kw";
    const kw = value(name) || 0;
    const run = state.sets[id];
    const running = run && run.running;
    const since = run ? (running ? "runs since " : "stands since ") + day(run.since) : "";
    const note = running ? whole(100 * kw / set.rated_kw) + " % of " + set.rated_kw + " kW; " + since : since;
    cards.push(card(running ? "on" : "", "Set " + id, running ? told(name, whole(kw) + " kW") : run ? "off" : "?", note, kw / set.rated_kw, [set.min_load_frac], stale(name) && stale("genset." + id + ".is_running")));
  }
  for (const [id, array] of Object.entries(site.solar)) {
    const name = "solar." + id + ".power_kw";
    const kw = value(name) || 0;
    const offered = value("solar." + id + ".available_kw");
    const note = offered === undefined ? "" : whole(offered) + " kW offered by the sun";
    cards.push(card("sun", "Sun " + id, told(name, whole(kw) + " kW"), note, kw / array.inverter_kw, [], stale(name)));
  }
  for (const [id, battery] of Object.entries(site.battery)) {
    const name = "battery." + id + ".state_of_charge_frac";
    const charge = value(name) || 0;
    const flow = (value("battery." + id + ".discharge_kw") || 0) - (value("battery." + id + ".charge_kw") || 0);
    const note = Math.abs(flow) < 0.5 ? "rests" : flow > 0 ? "gives " + whole(flow) + " kW" : "takes " + whole(-flow) + " kW";
    cards.push(card("battery", "Battery " + id, told(name, whole(100 * charge) + " %"), note + "; floor " + whole(100 * battery.state_of_charge_min_frac) + " %", charge, [battery.state_of_charge_min_frac], stale(name)));
  }
  for (const [id, tank] of Object.entries(site.tank)) {
    const name = "tank." + id + ".level_m3";
    const level = value(name) || 0;
    const floor = tank.suction_floor_m3 + tank.fire_floor_m3 + tank.operating_floor_m3;
    cards.push(card("water", "Tank " + id, told(name, whole(level) + " m³"), "floor " + whole(floor) + " of " + whole(tank.capacity_m3) + " m³", level / tank.capacity_m3, [floor / tank.capacity_m3], stale(name)));
  }
  for (const [id, store] of Object.entries(site.fuel_store)) {
    const name = "fuel_store." + id + ".level_l";
    const level = value(name) || 0;
    cards.push(card("", "Fuel " + id, told(name, whole(level) + " L"), "reserve " + whole(store.reserve_l) + " of " + whole(store.capacity_l) + " L", level / store.capacity_l, [store.reserve_l / store.capacity_l], stale(name)));
  }
  for (const [id, store] of Object.entries(site.thermal_store)) {
    const name = "thermal_store." + id + ".fill_frac";
    const fill = value(name) || 0;
    cards.push(card("water", "Heat " + id, told(name, whole(100 * fill) + " %"), "least " + whole(100 * store.min_frac) + " %", fill, [store.min_frac], stale(name)));
  }
  for (const kind of ["well", "treatment"]) {
    for (const id of Object.keys(site[kind])) {
      const name = kind + "." + id + ".flow_m3_per_h";
      const flow = value(name) || 0;
      cards.push(card("water", (kind === "well" ? "Well " : "Treatment ") + id, told(name, flow > 0.05 ? one(flow) + " m³/h" : "off"), "", null, [], stale(name)));
    }
  }
  $("now").replaceChildren(...cards);
}

function showAlarms(alarms) {
  if (!alarms.length) {
    $("alarms").replaceChildren(element("p", { class: "quiet" }, "No alarm stands."));
    return;
  }
  $("alarms").replaceChildren(...alarms.map((a) =>
    element("div", { class: "alarm " + a.severity, role: "alert" }, element("b", {}, a.severity === "critical" ? "ALARM " : "Warning "), a.message + " (since " + day(a.since) + ")")));
}

// ---- the plan

function showPlan(record, now) {
  const plan = record.plan, times = starts(plan.grid);
  const hours = (times[times.length - 1] - times[0]) / 3600000;
  const worth = record.worth;
  const same = worth && worth.same_service;
  $("worth").textContent = worth
    ? `Saves ${whole(worth.saved_l)} L (${one(100 * worth.saved_frac)} %) and ${whole(worth.saved_cost)} ${worth.currency} in ${whole(hours)} h against the ${worth.baseline}, at equal end stocks` + (same ? "." : "; the two differ in shortfalls.")
    : plan.status === "fallback" ? "This is the rule-based plan itself." : "There is no lawful rule-based plan to compare with.";
  const gap = plan.gap_frac === null ? "" : ", at most " + (100 * plan.gap_frac).toFixed(2) + " % above the optimum";
  $("plan-facts").textContent = `Plan ${record.id} of ${day(record.issued_at)}, valid until ${clock(record.valid_until)}: ${whole(plan.fuel_l)} L of fuel, ${whole(plan.cost)} ${plan.cost_unit}${gap} (${plan.status.replace("_", " ")}, checked independently). Why this one: ${record.reason}.`;
  lines("shortfalls", plan.shortfalls.map((s) => `Falls short: ${s.class.replaceAll("_", " ")} at ${s.asset}, ${one(s.total)} ${s.unit}`));
  lines("fuel", Object.entries(plan.fuel_store).map(fuelLine));
  lines("degraded", record.degraded.map((text) => "Assumed: " + text));
  lines("forecasts", record.forecasts.map((f) => f.point + ": " + f.source));
  lines("not-honoured", plan.not_honoured.map((r) => r.field + ": " + r.instead));
  fitCharts();
  showPower(plan, times, now);
  showSets(plan, times, now);
  const palette = [colour("battery"), colour("set"), colour("sun")];
  showStocks("battery", "battery-figure", null, Object.entries(plan.battery).map(([id, b], i) => ({
    name: id, values: b.state_of_charge_frac, stroke: palette[i % 3], floor: site.battery[id].state_of_charge_min_frac,
  })), times, now);
  const tankColours = [colour("water"), colour("set"), colour("battery")];
  showStocks("tanks", "tanks-figure", "tanks-legend", Object.entries(plan.tank).map(([id, k], i) => {
    const tank = site.tank[id];
    const floor = (tank.suction_floor_m3 + tank.fire_floor_m3 + tank.operating_floor_m3) / tank.capacity_m3;
    return { name: id, values: k.level_m3.map((v) => v / tank.capacity_m3), stroke: tankColours[i % 3], floor };
  }), times, now);
  showWhy(record.explanation);
  showTable(plan, times);
}

function fuelLine([id, fuel]) {
  const date = (time) => local(time, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const days = (d) => d === null ? "60 days or more" : one(d) + " days";
  const parts = [`Fuel ${id} lasts ${days(fuel.endurance_p50_d)} as expected, ${days(fuel.endurance_p90_d)} in one case of ten`];
  if (fuel.reserve_touched_at) parts.push(`its reserve of ${whole(fuel.reserve_l)} L is touched ${date(fuel.reserve_touched_at)}; order by ${date(fuel.order_by_at)}`);
  if (fuel.economy) parts.push(`proposed, not taken: T3 at no more than ${whole(fuel.economy.t3_limit_kw)} kW until ${date(fuel.economy.until_at)} ${fuel.economy.keeps_reserve ? "keeps the reserve" : "does not keep it either"}`);
  return parts.join("; ") + ".";
}

function showTable(plan, times) {
  const head = ["time", "load kW", "sets kW", "sun kW", "battery kW", "charge %", "L for a kWh", "sets"];
  const table = [element("tr", {}, ...head.map((h) => element("th", {}, h)))];
  let next = times[0];
  plan.grid.step_minutes.forEach((_, t) => {
    if (times[t] < next) return;
    next = Math.floor(times[t] / 3600000) * 3600000 + 3600000;
    const of = (group, field) => sum(Object.values(group).map((a) => a[field][t]));
    const running = Object.keys(plan.genset).filter((id) => plan.genset[id].running[t]);
    const charge = Object.values(plan.battery).map((b) => whole(100 * b.state_of_charge_frac[t])).join(", ");
    const cells = [day(times[t]), whole(loadAt(plan, t)), whole(of(plan.genset, "power_kw")), whole(of(plan.solar, "power_kw")),
      whole(of(plan.battery, "discharge_kw") - of(plan.battery, "charge_kw")), charge, hourPrice(times[t]), running.join(" ") || "none"];
    table.push(element("tr", {}, ...cells.map((c) => element("td", {}, c))));
  });
  $("table").replaceChildren(...table);
}

// ---- the loop

function showHeadline(health) {
  const speed = health.clock_speed === 1 ? "" : `, clock ${health.clock_speed} times as fast as life`;
  const modes = { act: "acts inside its envelope", monitor: "watches, nothing leaves" };
  const mode = modes[health.mode] || "advises, no instruction leaves";
  $("headline").textContent = `${day(health.now)} local time${speed}. ${({ ok: "All well", starting: "It is starting" })[health.status] || "Something is missing"}. It ${mode}.`;
}

async function round() {
  try {
    if (!site) {
      const view = await ask("/site");
      site = view.site; variant = view.variant;
      $("title").textContent = site.title || site.name;
      document.title = site.name + (variant ? "-" + variant : "") + " · Smart Camp";
      $("login").hidden = true; $("main").hidden = false;
    }
    const health = await fetch("/api/v1/health").then((answer) => answer.json());
    const [state, alarms] = await Promise.all([ask("/state"), ask("/alarms")]);
    showHeadline(health); showAlarms(alarms); showNow(state);
    if (health.plan_id === null) {
      $("worth").textContent = "There is no plan that may be acted on.";
      shownPlan = null;
    } else {
      // The plan is some hundred kilobytes: it is asked for again only when it is another one.
      // A plan that is kept gets another end: once a minute is often enough for that.
      const isOld = Date.now() - shownSince > (shownPlan && shownPlan.explanation ? 60000 : 15000);
      if (!shownPlan || shownPlan.id !== health.plan_id || isOld) {
        shownPlan = await ask("/plans/current");
        shownSince = Date.now();
      }
      shownNow = Date.parse(health.now);
      if (shownPlan) showPlan(shownPlan, shownNow);
    }
  } catch (error) {
    if (error.message === "unauthorized") {
      site = null; $("login").hidden = false; $("main").hidden = true;
      $("headline").textContent = "a token is needed";
      $("login-error").textContent = token ? "This token is not known." : "";
      return;
    }
    $("headline").textContent = "The service does not answer: " + error.message + ". What is shown is old.";
  }
  setTimeout(round, 5000);
}

$("login").addEventListener("submit", (event) => {
  event.preventDefault();
  token = $("token").value.trim();
  sessionStorage.setItem("token", token);
  round();
});

$("plan-now").addEventListener("click", async () => {
  const button = $("plan-now");
  button.disabled = true;
  try {
    let job = await ask("/plans", { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } });
    while (job && (job.status === "queued" || job.status === "solving")) {
      button.textContent = job.status + " …";
      await new Promise((done) => setTimeout(done, 1000));
      job = await ask("/jobs/" + job.id);
    }
    button.textContent = job.status === "done" ? "Plan now" : "failed: " + job.reason;
    shownPlan = null;
  } catch (error) {
    button.textContent = error.message;
  }
  button.disabled = false;
});

let resizing = 0;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(() => shownPlan && showPlan(shownPlan, shownNow), 150);
});

round();
