// How it learns: optimizer, batch, length.

import { field } from "../../form/field.js";
import { h } from "../../parts/element.js";
import { length } from "./length.js";

export function training(form, schema) {
  const { optimizer, batch_size } = schema.properties;
  const long = length(form, schema);
  const all = [field(form, "/training/optimizer", optimizer), field(form, "/training/batch_size", batch_size), long];
  const element = h("section", { class: "card" }, h("h2", {}, "Training"), h("div", { class: "fields" }, all.map((each) => each.element)),
    form.places.at("/training", long.element.querySelector("select")));
  return { element, update: () => all.forEach((each) => each.update()), price: long.price };
}
