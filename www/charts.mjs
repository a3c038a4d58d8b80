// Charts small enough to stand in a table's cell. The numbers stand beside them; these are for the eye alone.

import { drawn } from "./dom.mjs";

const chart = (width, height, ...parts) =>
  drawn("svg", { class: "chart", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...parts);

/** How many went well, and how many did not. */
export function share(good, bad) {
  const all = good + bad;
  const width = all ? (96 * good) / all : 0;
  return chart(
    96,
    8,
    drawn("rect", { class: "ground", width: 96, height: 8, rx: 4 }),
    ...(bad ? [drawn("rect", { class: "bad", width: 96, height: 8, rx: 4 })] : []),
    ...(good ? [drawn("rect", { class: "good", width, height: 8, rx: 4 })] : []),
  );
}

/** From the median to the 95th percentile, on a scale that all rows share. */
export function spread(p50, p95, longest) {
  const at = (value) => (4 + (112 * value) / longest).toFixed(1);
  const line = drawn("line", { class: "ground", x1: 4, x2: 116, y1: 7, y2: 7 });
  if (p50 === null || p50 === undefined) return chart(120, 14, line);
  return chart(
    120,
    14,
    line,
    drawn("line", { class: "reach", x1: at(p50), x2: at(p95), y1: 7, y2: 7 }),
    drawn("circle", { class: "median", cx: at(p50), cy: 7, r: 4 }),
    drawn("circle", { class: "slow", cx: at(p95), cy: 7, r: 3 }),
  );
}

/** One of several, on a scale that all rows share. */
export function bar(value, most) {
  const width = most ? Math.max(value ? 2 : 0, (72 * value) / most) : 0;
  return chart(72, 8, drawn("rect", { class: "ground", width: 72, height: 8, rx: 4 }), drawn("rect", { class: "amount", width, height: 8, rx: 4 }));
}
