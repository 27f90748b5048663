// Buttons that move a view, for who does not drag.

import { h } from "./element.js";

const MOVES = [
  { sign: "‹", name: "Earlier", act: (view) => view.pan(-0.5), isClose: true },
  { sign: "›", name: "Later", act: (view) => view.pan(0.5), isClose: true },
  { sign: "−", name: "Zoom out", act: (view) => view.zoom(2), isClose: true },
  { sign: "+", name: "Zoom in", act: (view) => view.zoom(0.5), isClose: false },
  { sign: "Whole run", name: null, act: (view) => view.reset(), isClose: true },
];

export function zoomButtons(view, signal) {
  const buttons = MOVES.map(({ sign, name, act }) => h("button", { type: "button", "aria-label": name, title: name, onclick: () => act(view) }, sign));
  const enable = () => buttons.forEach((button, place) => (button.disabled = MOVES[place].isClose && !view.range));
  view.addEventListener("change", enable, { signal });
  enable();
  return h("div", { class: "zoom", role: "group", "aria-label": "Zoom: drag over a chart, or" }, buttons);
}
