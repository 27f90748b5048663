// What the run would cost, and what the server warns of.

import { h, tell } from "../../parts/element.js";
import { bytes, count, duration, sentence } from "../../parts/format.js";

const SCALES = ["", "k", "M", "G", "T", "P"];
const BYTES_PER_WEIGHT = 4;

/** A tile each: its name, its text out of a bill, what else there is to say. */
const FIGURES = [
  { name: "Time",
    text: ({ seconds }) => (seconds === null ? "not known yet" : seconds < 1 ? "under a second" : `about ${duration(seconds)}`),
    more: ({ device, seconds_per_step, no_seconds_because }) => no_seconds_because ?? `${each(seconds_per_step)} a step, on ${device}` },
  { name: "Steps", text: ({ steps }) => count(steps), more: ({ batch_size }) => `of ${count(batch_size)} images` },
  { name: "Parameters", text: ({ parameters }) => count(parameters), more: ({ parameters }) => bytes(parameters * BYTES_PER_WEIGHT) },
  { name: "Memory", text: ({ training_memory_bytes }) => bytes(training_memory_bytes), more: ({ precision }) => `training in ${precision}` },
  { name: "Work", text: ({ flops_per_image }) => `${scaled(flops_per_image)}FLOPs`, more: () => "an image, forward" },
];

/** For where there is room for one line. */
export const brief = (bill) => (bill
  ? [bill.seconds !== null && FIGURES[0].text(bill), `${count(bill.parameters)} parameters`].filter(Boolean).join(" · ") : "");

const each = (seconds) => (seconds < 1 ? `${Number((seconds * 1000).toPrecision(3))} ms` : seconds < 60 ? `${seconds.toFixed(1)} s` : duration(seconds));

function scaled(value) {
  const power = Math.min(SCALES.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
  return `${Number((value / 1000 ** power).toPrecision(3))} ${SCALES[power]}`;
}

export function cost() {
  const tiles = FIGURES.map((figure) => ({ ...figure, value: h("strong", {}, "–"), aside: h("small") }));
  const warnings = h("ul", { class: "warnings", "aria-label": "Warnings", hidden: true });
  const list = h("dl", { class: "cost" }, tiles.map(({ name, value, aside }) => h("div", {}, h("dt", {}, name), h("dd", {}, value, aside))));
  function show({ bill }) {
    list.classList.toggle("stale", !bill);
    warnings.hidden = !bill?.warnings.length;
    if (!bill) return;
    for (const { value, aside, text, more } of tiles) {
      tell(value, text(bill));
      tell(aside, more(bill));
    }
    warnings.replaceChildren(...bill.warnings.map((each) => h("li", { class: "warning" }, sentence(each))));
  }
  return { element: h("div", {}, list, warnings), show };
}
