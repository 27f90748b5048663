// What is set for all curves of a page: how smooth, on which scale, and which stretch.

import { h, tell } from "../parts/element.js";
import { count } from "../parts/format.js";

const SMOOTHING = 0.5; // of a series of n steps, over n to the power of it

/** Buttons that move a view, for who does not drag. */
const MOVES = [
  { sign: "‹", name: "Earlier", act: (view) => view.pan(-0.5), isClose: true },
  { sign: "›", name: "Later", act: (view) => view.pan(0.5), isClose: true },
  { sign: "−", name: "Zoom out", act: (view) => view.zoom(2), isClose: true },
  { sign: "+", name: "Zoom in", act: (view) => view.zoom(0.5), isClose: false },
  { sign: "All", name: "All of it", act: (view) => view.reset(), isClose: true },
];

/** { element, span(steps), isLog }; `more` stands between. */
export function toolbar(view, draw, signal, ...more) {
  const smoothing = h("input", { type: "range", min: 0, max: 0.9, step: 0.02, value: SMOOTHING, oninput: draw });
  const over = h("output", { class: "faint" });
  const log = h("input", { type: "checkbox", checked: true, onchange: draw });
  const element = h("div", { class: "row tools" }, h("label", { class: "inline" }, "Smoothing", smoothing, over),
    h("label", { class: "inline" }, log, "Logarithmic loss"), more, h("span", { class: "grow" }), zoom(view, signal));
  return {
    element,
    get isLog() {
      return log.checked;
    },
    /** How many steps a line of so many is smoothed over. */
    span(steps) {
      const span = Math.round(steps ** Number(smoothing.value));
      tell(over, span > 1 ? `over ${count(span)} steps` : "none");
      return span;
    },
  };
}

function zoom(view, signal) {
  const buttons = MOVES.map(({ sign, name, act }) => h("button", { type: "button", "aria-label": name, title: name,
    onclick: () => act(view) }, sign));
  const enable = () => buttons.forEach((button, place) => (button.disabled = MOVES[place].isClose && !view.range));
  view.addEventListener("change", enable, { signal });
  enable();
  return h("div", { class: "zoom", role: "group", "aria-label": "Zoom" }, buttons);
}
