"use strict";
// The charts of the operator's page: SVG, drawn from a plan as the REST interface gives it.

const LEFT = 42, RIGHT = 8, BOTTOM = 22;
// Drawn at the width of the page, so that a telephone gets fewer labels and not smaller ones.
let WIDTH = 1000;
const fitCharts = () => { WIDTH = Math.max(300, document.getElementById("power").clientWidth || 1000); };

function starts(grid) {
  const list = [Date.parse(grid.start)];
  for (const minutes of grid.step_minutes) list.push(list[list.length - 1] + minutes * 60000);
  return list;
}

function frame(height, times, top, unit) {
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img" });
  const from = times[0], to = times[times.length - 1];
  const x = (time) => LEFT + (WIDTH - LEFT - RIGHT) * (time - from) / (to - from);
  const y = (value) => 6 + (height - BOTTOM - 6) * (1 - value / top);
  const hours = (to - from) / 3600000;
  const every = [1, 3, 6, 12, 24].find((e) => e * (WIDTH - LEFT) / hours > 48) || 24;
  for (let time = Math.ceil(from / 3600000) * 3600000; time <= to; time += 3600000) {
    const hour = Number(local(time, { hour: "2-digit" }));
    if (hour % every) continue;
    svg.append(shape("line", { x1: x(time), x2: x(time), y1: 6, y2: height - BOTTOM, stroke: colour("line") }));
    if (x(time) < WIDTH - 40) svg.append(shape("text", { x: x(time) + 2, y: height - 7 }, hour === 0 ? local(time, { weekday: "short" }) : clock(time)));
  }
  if (unit) {
    for (const part of [0, 0.5, 1]) {
      svg.append(shape("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(top * part), y2: y(top * part), stroke: colour("line") }));
      svg.append(shape("text", { x: LEFT - 4, y: y(top * part) + 4, "text-anchor": "end" }, whole(top * part) + unit));
    }
  }
  return { svg, x, y };
}

function stairs(times, values, x, y) {
  return values.map((v, t) => `L${x(times[t])} ${y(v)}L${x(times[t + 1])} ${y(v)}`).join("").replace(/^L/, "M");
}

function band(times, low, high, x, y) {
  const up = high.map((v, t) => `${x(times[t])} ${y(v)}L${x(times[t + 1])} ${y(v)}`).join("L");
  const down = low.map((v, t) => `${x(times[t + 1])} ${y(v)}L${x(times[t])} ${y(v)}`).reverse().join("L");
  return `M${up}L${down}Z`;
}

function nowLine(svg, times, x, height, now) {
  if (now < times[0] || now > times[times.length - 1]) return;
  svg.append(shape("line", { x1: x(now), x2: x(now), y1: 0, y2: height - BOTTOM, stroke: colour("bad"), "stroke-width": 2 }));
}

function showPower(plan, times, now) {
  const steps = plan.grid.step_minutes.map((_, t) => t);
  const at = (group, field) => steps.map((t) => sum(Object.values(group).map((a) => a[field][t])));
  const layers = [
    ["sets", colour("set"), at(plan.genset, "power_kw")],
    ["battery gives", colour("battery"), at(plan.battery, "discharge_kw")],
    ["sun", colour("sun"), at(plan.solar, "power_kw")],
  ];
  const demand = steps.map((t) => loadAt(plan, t));
  const total = steps.map((t) => sum(layers.map((l) => l[2][t])));
  const top = 50 * Math.ceil(Math.max(50, ...total, ...demand) * 1.05 / 50);
  const { svg, x, y } = frame(240, times, top, "");
  let low = steps.map(() => 0);
  for (const [, fill, values] of layers) {
    const high = low.map((v, t) => v + values[t]);
    svg.append(shape("path", { d: band(times, low, high, x, y), fill, opacity: 0.85 }));
    low = high;
  }
  for (const part of [0.5, 1]) svg.append(shape("text", { x: LEFT - 4, y: y(top * part) + 4, "text-anchor": "end" }, whole(top * part)));
  svg.append(shape("path", { d: stairs(times, demand, x, y), fill: "none", stroke: colour("load"), "stroke-width": 2 }));
  nowLine(svg, times, x, 240, now);
  $("power").replaceChildren(svg);
  const legend = layers.map(([name, fill]) => [name, fill]).concat([["load (above it: into the battery)", colour("load")]]);
  $("power-legend").replaceChildren(...legend.map(([name, c]) => element("span", { style: "--c:" + c }, name)));
}

function loadAt(plan, t) {
  return sum(Object.values(plan.consumer).map((c) => c.served_kw[t]))
    + sum([plan.well, plan.treatment, plan.taps, plan.wastewater].flatMap((g) => Object.values(g)).map((f) => f.demand_kw[t]))
    + sum(Object.values(plan.thermal_store).map((h) => h.heater_kw[t]))
    + sum(Object.values(plan.batch).map((b) => b.served_kw[t]));
}

function showSets(plan, times, now) {
  const ids = Object.keys(plan.genset);
  const row = 24, height = ids.length * row + BOTTOM + 6;
  const { svg, x } = frame(height, times, 1, "");
  ids.forEach((id, i) => {
    const set = plan.genset[id], rated = site.genset[id].rated_kw;
    svg.append(shape("text", { x: 2, y: 6 + i * row + 15 }, id));
    for (let t = 0; t < set.running.length;) {
      if (!set.running[t]) { t += 1; continue; }
      let end = t, kwh = 0, hours = 0;
      for (; end < set.running.length && set.running[end]; end += 1) {
        const h = plan.grid.step_minutes[end] / 60;
        kwh += set.power_kw[end] * h; hours += h;
      }
      const wide = x(times[end]) - x(times[t]);
      const load = whole(100 * kwh / hours / rated);
      const block = shape("rect", { x: x(times[t]), y: 6 + i * row + 2, width: wide, height: row - 5, rx: 3, fill: colour("set") });
      block.append(shape("title", {}, `${id}: ${day(times[t])} to ${day(times[end])}, ${load} % load`));
      svg.append(block);
      if (wide > 36) svg.append(shape("text", { x: x(times[t]) + 5, y: 6 + i * row + 15, style: "fill:#fff" }, load + " %"));
      t = end;
    }
  });
  nowLine(svg, times, x, height, now);
  $("sets").replaceChildren(svg);
}

function showStocks(id, figure, legend, series, times, now) {
  $(figure).hidden = !series.length;
  if (!series.length) return;
  const { svg, x, y } = frame(140, times, 100, " %");
  for (const { values, stroke, floor } of series) {
    const points = values.map((v, t) => `${x(times[t + 1])} ${y(100 * v)}`).join("L");
    svg.append(shape("path", { d: "M" + points, fill: "none", stroke, "stroke-width": 2.5 }));
    svg.append(shape("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(100 * floor), y2: y(100 * floor), stroke, "stroke-dasharray": "6 5", "stroke-width": 1.5 }));
  }
  nowLine(svg, times, x, 140, now);
  $(id).replaceChildren(svg);
  if (legend) $(legend).replaceChildren(...series.map((s) => element("span", { style: "--c:" + s.stroke }, s.name)));
}
