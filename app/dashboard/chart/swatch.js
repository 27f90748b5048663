// How a line of a chart looks, as large as a word.

import { s } from "../parts/element.js";

/** `colour` is a variable of base.css. */
export const swatch = ({ colour, dash, isDots, alpha = 1 }) => s("svg", { class: "swatch", viewBox: "0 0 22 10", "aria-hidden": "true" },
  isDots
    ? s("circle", { cx: 11, cy: 5, r: 3.5, fill: `var(${colour})` })
    : s("line", { x1: 1, x2: 21, y1: 5, y2: 5, stroke: `var(${colour})`, "stroke-opacity": alpha, "stroke-width": 2.5,
      "stroke-dasharray": dash?.join(" ") }));
