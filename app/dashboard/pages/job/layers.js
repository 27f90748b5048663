// The network layer by layer, and what a run of it costs.

import { h } from "../../parts/element.js";
import { figures } from "../../parts/figures.js";
import { bytes, count, duration } from "../../parts/format.js";
import { layersTable } from "../../parts/layers.js";
import { send } from "../../service/api.js";

export function layers(job) {
  const element = h("div", { class: "stack" }, h("p", { class: "empty" }, "Counting…"));
  send("POST", "/jobs/validate", job.spec).then(
    (bill) => element.replaceChildren(...partsOf(bill)),
    (error) => element.replaceChildren(h("p", { class: "empty" }, error.message)),
  );
  return { element };
}

const partsOf = (bill) => [
  figures({
    Parameters: count(bill.parameters), "FLOPs an image": count(bill.flops_per_image), "Memory in training": bytes(bill.training_memory_bytes),
    "Batch size": count(bill.batch_size), "Time on an idle machine": duration(bill.seconds),
  }),
  layersTable(bill.layers),
  ...bill.warnings.map((warning) => h("p", { class: "warning" }, warning)),
];
