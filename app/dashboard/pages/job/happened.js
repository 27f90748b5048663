// What happened to a run, in words, as its charts mark it.

import { swatch } from "../../chart/swatch.js";
import { h } from "../../parts/element.js";
import { count, title } from "../../parts/format.js";
import { colourOf } from "./marks.js";

const [SHOWN, DASH] = [6, [4, 4]]; // the newest events; as charts draw their marks

/** { element, update(job) }; hidden while there is nothing to tell. */
export function happened() {
  const list = h("ol");
  const more = h("p", { class: "faint" });
  const element = h("section", { class: "happened", hidden: true, "aria-label": "What happened" }, list, more);
  let shown = 0;

  function update({ events }) {
    if (events.length === shown) return;
    shown = events.length;
    element.hidden = !shown;
    list.replaceChildren(...events.slice(-SHOWN).map(line));
    more.textContent = shown > SHOWN ? `The history has ${count(shown - SHOWN)} before these.` : "";
  }

  return { element, update };
}

const line = (event) => h("li", {}, swatch({ colour: colourOf(event), dash: DASH }), h("span", { class: "faint" }, `step ${count(event.step)}`),
  h("span", {}, h("strong", {}, title(event.event)), `: ${event.message}`));
