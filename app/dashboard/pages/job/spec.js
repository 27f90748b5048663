// The spec as JSON, to read, copy and keep.

import { h } from "../../parts/element.js";
import { notice } from "../../shell/notice.js";

export function spec(job) {
  const text = json({ name: job.name, labels: job.labels, priority: job.priority, ...job.spec });
  const shown = h("pre", { class: "source", tabindex: 0, "aria-label": "Spec" }, text);

  async function copy() {
    getSelection().selectAllChildren(shown); // where a page may not write to the clipboard, the keys still do
    try {
      await navigator.clipboard.writeText(text);
      notice("Copied");
    } catch {
      notice("Selected: copy it with the keyboard");
    }
  }

  const file = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  return { element: h("div", { class: "stack" },
    h("div", { class: "row" }, h("button", { onclick: copy }, "Copy"),
      h("a", { class: "button", href: file, download: `${job.name || job.id}.json` }, "Download"),
      h("span", { class: "faint" }, "trainshed submit SPEC repeats the run")), shown) };
}

/** With lists of plain values in a line. No string has a newline in it: JSON escapes them. */
const json = (value) => JSON.stringify(value, null, 2).replace(/\[\n\s+([^[\]{}]*?)\n\s+\]/g, (_, list) => `[${list.replace(/,\n\s+/g, ", ")}]`);
