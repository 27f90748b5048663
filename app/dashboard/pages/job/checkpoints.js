// What a run could go on from.

import { h } from "../../parts/element.js";
import { ago, bytes, count, figure, percent } from "../../parts/format.js";
import { table } from "../../parts/table.js";
import { get } from "../../service/api.js";
import { isFinal } from "../../service/jobs.js";
import { repeat } from "../../service/live.js";

const SECONDS = 5;
const NONE = "None yet: a run keeps its last ones and its best one.";

export function checkpoints(first, signal) {
  const element = h("div", {}, h("p", { class: "empty" }, "Looking…"));
  let [job, known] = [first, ""];

  async function look() {
    const { data } = await get(`/jobs/${job.id}/checkpoints`, {}, signal);
    if (JSON.stringify(data) !== known) {
      known = JSON.stringify(data);
      element.replaceChildren(data.length ? table(columns(job), data.toReversed(), "Checkpoints") : h("p", { class: "empty" }, NONE));
    }
    return isFinal(job) && "done";
  }

  repeat(look, SECONDS, signal).catch((error) => element.replaceChildren(h("p", { class: "empty" }, error.message)));
  return { element, update: (now) => (job = now) };
}

const columns = (job) => [
  { name: "Step", of: ({ step, best }) => [count(step), best && h("span", { class: "state succeeded" }, "best")], by: ({ step }) => step },
  { name: "Batch loss", of: ({ loss }) => figure(loss), isNumber: true },
  { name: "Evaluated loss", of: ({ evaluation }) => figure(evaluation?.loss), by: ({ evaluation }) => evaluation?.loss, isNumber: true },
  { name: "Evaluated accuracy", of: ({ evaluation }) => percent(evaluation?.accuracy), by: ({ evaluation }) => evaluation?.accuracy, isNumber: true },
  { name: "Size", of: (each) => bytes(each.bytes), isNumber: true },
  { name: "Saved", of: ({ time }) => ago(new Date(time * 1000).toISOString()), isNumber: true },
  { name: "", of: ({ step }) => h("a", { href: `#/new?from=${job.id}&resume=${step}`, "aria-label": `Go on from step ${step}` }, "Go on from here") },
];
