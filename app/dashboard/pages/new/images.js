// What the network learns from: a data set, and how large its pictures are shown.

import { field } from "../../form/field.js";
import { at } from "../../form/pointer.js";
import { h } from "../../parts/element.js";
import { dataset } from "./dataset.js";

/** `shape()` is [channels, height, width] of what the network sees; null where it is not known. */
export function images(form, { properties }, sets) {
  const set = dataset(form, sets);
  const size = field(form, "/data/image_size", properties.image_size);
  function update() {
    set.update();
    size.update();
    const own = set.facts()?.size;
    size.element.querySelector("input").placeholder = own ? `${own}, its own` : "";
  }
  function shape() {
    const facts = set.facts();
    const side = at(form.draft.spec, "/data/image_size") ?? facts?.size;
    return facts && Number.isInteger(side) ? [facts.channels, side, side] : null;
  }
  const element = h("section", { class: "card" }, h("h2", {}, "Images"), h("div", { class: "beside wide-first" }, set.element, size.element));
  return { element, update, shape };
}
