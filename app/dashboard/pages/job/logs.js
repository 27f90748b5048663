// The end of what the trainer wrote, as it writes it.

import { h, tell } from "../../parts/element.js";
import { ask } from "../../service/api.js";
import { isFinal } from "../../service/jobs.js";
import { repeat } from "../../service/live.js";

const SECONDS = 2;
const LINES = [200, 1000, 10_000];

export function logs(first, signal) {
  let job = first;
  const text = h("pre", { class: "source", tabindex: 0, "aria-label": "Log" });
  const follow = h("input", { type: "checkbox", checked: true });
  const lines = h("select", { onchange: () => look().catch(() => {}) }, LINES.map((number) => h("option", { value: number }, number)));

  async function look() {
    const isEnd = isFinal(job); // what was written before it ended is in the next answer
    if (text.isConnected || !text.textContent) tell(text,
      (await (await ask(`/jobs/${job.id}/logs`, { query: { lines: lines.value }, signal })).text()).trim() || "Nothing was written yet.");
    if (follow.checked) text.scrollTop = text.scrollHeight;
    return isEnd && "done";
  }

  repeat(look, SECONDS, signal).catch((error) => tell(text, error.message));
  return {
    element: h("div", { class: "stack" },
      h("div", { class: "row" }, h("label", { class: "inline" }, follow, "Follow"), h("label", { class: "inline" }, "Last lines", lines)),
      text),
    update: (now) => (job = now),
  };
}
