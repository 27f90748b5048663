// What the run would cost, and what the server warns of.

import { h, tell } from "../element.js";
import { bytes, count, duration } from "../format.js";
import { sentence } from "./places.js";

const SCALE = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

/** A row each: its name, its text out of a bill, what else there is to say. */
const FIGURES = [
  { name: "Time", text: ({ seconds }) => (seconds === null ? "not known yet" : `about ${duration(seconds)}`), more: ({ device, no_seconds_because }) => no_seconds_because ?? (device && `on ${device}`) },
  { name: "Parameters", text: ({ parameters }) => SCALE.format(parameters), more: ({ parameters }) => count(parameters) },
  { name: "Memory", text: ({ training_memory_bytes }) => bytes(training_memory_bytes), more: ({ precision }) => `while it trains, in ${precision}` },
  { name: "Work", text: ({ flops_per_image }) => `${SCALE.format(flops_per_image)}FLOPs`, more: () => "an image, forward" },
  { name: "Batch", text: ({ batch_size }) => `${count(batch_size)} images`, more: ({ steps }) => `${count(steps)} steps` },
];

export function cost() {
  const rows = FIGURES.map((figure) => ({ ...figure, value: h("strong", {}, "–"), aside: h("small") }));
  const warnings = h("ul", { class: "warnings", "aria-label": "Warnings" });
  const list = h("dl", { class: "cost" }, rows.map(({ name, value, aside }) => h("div", {}, h("dt", {}, name), h("dd", {}, value, aside))));
  function show({ bill }) {
    list.classList.toggle("stale", !bill);
    warnings.hidden = !bill?.warnings.length;
    if (!bill) return;
    for (const { value, aside, text, more } of rows) {
      tell(value, text(bill));
      tell(aside, more(bill) ?? "");
    }
    warnings.replaceChildren(...bill.warnings.map((each) => h("li", { class: "warning" }, sentence(each))));
  }
  return { element: h("div", {}, list, warnings), show };
}
