// A curve as small as a word.

import { s } from "../parts/element.js";

const [WIDTH, HEIGHT, MARGIN] = [120, 28, 2];

/** An SVG of the finite values, in the colour of `name`; `label` says it in words. */
export function sparkline(values, label, name = "loss") {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const x = (place) => MARGIN + (place / Math.max(1, values.length - 1)) * (WIDTH - 2 * MARGIN);
  const y = (value) => HEIGHT - MARGIN - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * MARGIN);
  const points = values.map((value, place) => (Number.isFinite(value) ? `${x(place).toFixed(1)},${y(value).toFixed(1)}` : ""));
  return s("svg", { class: `sparkline ${name}`, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
    finite.length > 1 ? s("polyline", { points: points.filter(Boolean).join(" ") }) : null);
}
