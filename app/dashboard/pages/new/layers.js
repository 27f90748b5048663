// The layers as the server reckons them: shapes, parameters, work.

import { same } from "../../form/pointer.js";
import { h, tell } from "../../parts/element.js";
import { count } from "../../parts/format.js";

export function layers() {
  const summary = h("summary", {}, "Layers");
  const body = h("tbody");
  const table = h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "Layer"), h("th", {}, "Kind"), h("th", { class: "number" }, "Output"), h("th", { class: "number" }, "Parameters"), h("th", { class: "number" }, "FLOPs"))), body);
  const element = h("details", { class: "fold layers" }, summary, h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Layers" }, table));
  let drawn = null;
  function show(bill) {
    if (!bill || same(bill.layers, drawn)) return;
    drawn = bill.layers;
    tell(summary, `${drawn.length} layers`);
    const most = Math.max(...drawn.map(({ parameters }) => parameters));
    body.replaceChildren(...drawn.map((layer) => row(layer, layer.parameters / most)));
  }
  return { element, show };
}

const row = ({ name, kind, output, parameters, flops }, share) => h("tr", {},
  h("td", { class: "mono" }, name), h("td", {}, kind), h("td", { class: "number" }, output.join(" × ")),
  h("td", { class: "number share" }, h("meter", { value: share, "aria-hidden": "true" }), count(parameters)), h("td", { class: "number" }, count(flops)));
