// The layers of the network that is being drawn up, in a fold.

import { same } from "../../form/pointer.js";
import { h, tell } from "../../parts/element.js";
import { layersTable } from "../../parts/layers.js";

export function layers() {
  const summary = h("summary", {}, "Layers");
  const body = h("div");
  const element = h("details", { class: "fold layers" }, summary, body);
  let drawn = null;
  function show(bill) {
    if (!bill || same(bill.layers, drawn)) return;
    drawn = bill.layers;
    tell(summary, `${drawn.length} layers`);
    body.replaceChildren(layersTable(drawn));
  }
  return { element, show };
}
