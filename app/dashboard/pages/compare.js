// Several jobs side by side: their curves on one axis, what differs in their specs, what came of them.

import { h } from "../parts/element.js";
import { get } from "../service/api.js";
import { isFinal } from "../service/jobs.js";
import { repeat } from "../service/live.js";
import { notice } from "../shell/notice.js";
import { choice } from "./compare/choice.js";
import { curves } from "./compare/curves.js";
import { differences } from "./compare/differences.js";
import { results } from "./compare/results.js";

const SECONDS = 2; // between looks at the records

export async function page({ jobs = "" }, signal) {
  const ids = [...new Set(jobs.split(",").filter(Boolean))];
  if (!ids.length) return { title: "Compare", element: h("div", {}, h("h1", {}, "Compare jobs"), await choice([], signal)) };
  const read = () => Promise.all(ids.map((id) => get(`/jobs/${id}`, {}, signal)));
  const first = await read();
  const [drawn, table] = [curves(first, signal), results(first, signal)];

  async function look() {
    const now = await read();
    table.update(now, drawn.speeds());
    return now.every(isFinal) && drawn.isWhole() && "done";
  }

  repeat(look, SECONDS, signal).catch((error) => notice(error.message, "bad"));
  const other = h("details", {}, h("summary", {}, "Other jobs"));
  other.addEventListener("toggle", async () => other.children.length > 1 || other.append(await choice(ids, signal)), { signal });
  const element = h("div", { class: "stack" }, h("h1", {}, `${first.length} jobs compared`), drawn.element, table.element, differences(first), other);
  return { title: "Compare", element };
}
