// Everything that happened to a job, in order.

import { h } from "../../parts/element.js";
import { ago, count } from "../../parts/format.js";
import { colourOf } from "./marks.js";

export function history(first) {
  const list = h("ol", { class: "history" });
  let shown = 0;

  function update({ transitions, events }) {
    if (transitions.length + events.length === shown) return;
    shown = transitions.length + events.length;
    const all = [
      ...transitions.map(({ to, reason, at, step }) => ({ what: to, why: reason, at, step })),
      ...events.map((event) => ({ what: event.event.replaceAll("_", " "), why: event.message, at: event.at, step: event.step,
        colour: colourOf(event) })),
    ].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
    list.replaceChildren(...all.map(line));
  }

  update(first);
  return { element: list, update };
}

function line({ what, why, at, step, colour }) {
  const dot = h("span", { class: "dot" });
  if (colour) dot.style.background = `var(${colour})`;
  return h("li", {}, dot, h("strong", {}, what), h("span", { class: "faint" }, why),
    h("span", { class: "faint when" }, `step ${count(step)} · `, h("time", { datetime: at, title: ago(at) }, new Date(at).toLocaleString())));
}
