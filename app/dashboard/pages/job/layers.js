// The network layer by layer: shapes, parameters, and what a run of it costs.

import { h } from "../../parts/element.js";
import { figures } from "../../parts/figures.js";
import { bytes, count, duration } from "../../parts/format.js";
import { bar, table } from "../../parts/table.js";
import { send } from "../../service/api.js";

export function layers(job) {
  const element = h("div", { class: "stack" }, h("p", { class: "empty" }, "Counting…"));
  send("POST", "/jobs/validate", job.spec).then(
    (costs) => element.replaceChildren(...costOf(costs)),
    (error) => element.replaceChildren(h("p", { class: "empty" }, error.message)),
  );
  return { element };
}

function costOf(costs) {
  const most = Math.max(1, ...costs.layers.map(({ parameters }) => parameters));
  const columns = [
    { name: "Layer", of: ({ name }) => h("span", { class: "mono" }, name) },
    { name: "Kind", of: ({ kind }) => kind },
    { name: "Output", of: ({ output }) => output.join(" × "), isNumber: true },
    { name: "Parameters", of: ({ parameters }) => (parameters ? bar(parameters / most, count(parameters)) : "–"), by: ({ parameters }) => parameters, isNumber: true },
    { name: "FLOPs an image", of: ({ flops }) => (flops ? count(flops) : "–"), by: ({ flops }) => flops, isNumber: true },
  ];
  return [
    figures({
      Parameters: count(costs.parameters), "FLOPs an image": count(costs.flops_per_image), "Memory in training": bytes(costs.training_memory_bytes),
      "Batch size": count(costs.batch_size), "Time on an idle machine": duration(costs.seconds),
    }),
    table(columns, costs.layers, "Layers"),
    ...costs.warnings.map((warning) => h("p", { class: "warning" }, warning)),
  ];
}
