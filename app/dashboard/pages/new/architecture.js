// The network: a published one or blocks of one's own, as cards and as a line of text.

import { field } from "../../form/field.js";
import { h } from "../../parts/element.js";
import { blocks } from "./blocks.js";
import { layers } from "./layers.js";
import { Network, OWN } from "./network.js";
import { shorthand } from "./shorthand.js";

const POINTER = "/architecture";
const BESIDE = { head: undefined, classifier: "Hidden layers", batch_norm: undefined, activation: undefined }; // with names of their own

/** `known` are the published networks, whole, by name; `image()` is the shape of what goes in. */
export function architecture(form, schema, known, image) {
  const network = new Network(form.draft, schema, known);
  const preset = chooser(form, network);
  const cards = blocks(form, schema.properties.blocks, () => network.list("blocks"), (wanted) => network.change({ blocks: wanted }));
  const line = shorthand(form.draft, network);
  const simple = Object.entries(BESIDE).map(([name, shown]) => field(form, `${POINTER}/${name}`, schema.properties[name], shown));
  const table = layers();
  const element = h("section", { class: "card" }, h("h2", {}, "Network"),
    h("div", { class: "beside" }, preset.element, line.element),
    cards.element, form.places.at(POINTER, cards.element.querySelector(".add")),
    h("div", { class: "fields" }, simple.map((each) => each.element)), table.element);

  function price(bill) {
    cards.draw(bill, image());
    table.show(bill);
  }
  return { element, update: () => [preset, cards, line, ...simple].forEach((each) => each.update()), price };
}

function chooser(form, network) {
  const names = [OWN, ...Object.keys(network.known)];
  const option = (value, text = value) => h("option", { value }, text);
  const select = h("select", { id: "field-architecture-preset", onchange: () => network.choose(select.value) }, names.map((name) => option(name)));
  function update() {
    const { preset } = network;
    if (select.childElementCount > names.length) select.lastChild.remove();
    if (!names.includes(preset)) select.append(option(preset, `${preset} (unknown)`));
    select.value = preset;
  }
  return { element: h("div", { class: "field" }, h("label", { for: select.id }, "Preset"), select,
    form.places.at(`${POINTER}/preset`, select)), update };
}
