// The layers of a network as the server reckons them: shapes, parameters, work.

import { h } from "./element.js";
import { count } from "./format.js";
import { bar, table } from "./table.js";

/** A table of what `POST /jobs/validate` says. */
export function layersTable(layers) {
  const most = Math.max(1, ...layers.map(({ parameters }) => parameters));
  const columns = [
    { name: "Layer", of: ({ name }) => h("span", { class: "mono" }, name) },
    { name: "Kind", of: ({ kind }) => kind },
    { name: "Output", of: ({ output }) => output.join(" × "), isNumber: true },
    { name: "Parameters", of: ({ parameters }) => (parameters ? bar(parameters / most, count(parameters)) : "–"),
      by: ({ parameters }) => parameters, isNumber: true },
    { name: "FLOPs an image", of: ({ flops }) => (flops ? count(flops) : "–"), by: ({ flops }) => flops, isNumber: true },
  ];
  return table(columns, layers, "Layers");
}
