// What most people change first: name and aim, images, optimizer, batch, length.

import { h } from "../element.js";
import { dataset } from "./dataset.js";
import { field } from "./field.js";
import { length } from "./length.js";
import { at, put } from "./pointer.js";

export function basics(form, schema, sets) {
  const { data, training, name, lr_range } = schema.properties;
  const images = dataset(form, data.properties.dataset, sets);
  const long = length(form, training);
  const aims = aim(form, field(form, "/lr_range", { ...lr_range, kind: "part" }, "Range of the rates"));
  const named = field(form, "/name", name);
  const size = field(form, "/data/image_size", data.properties.image_size);
  const optimizer = field(form, "/training/optimizer", training.properties.optimizer);
  const batch = field(form, "/training/batch_size", training.properties.batch_size);
  const all = [aims, named, images, size, optimizer, batch, long];

  function update() {
    all.forEach((each) => each.update());
    const own = images.facts()?.size;
    const input = size.element.querySelector("input");
    input.placeholder = own ? `${own}, its own` : "";
  }

  const element = h("div", { class: "stack" },
    h("section", { class: "card" }, h("h2", {}, "Aim"), h("div", { class: "fields" }, aims.element, named.element), aims.more),
    h("section", { class: "card" }, h("h2", {}, "Images"), h("div", { class: "fields" }, images.element, size.element)),
    h("section", { class: "card" }, h("h2", {}, "Training"), optimizer.element, h("div", { class: "fields" }, batch.element, long.element)));
  return { element, update, price: long.price };
}

const AIMS = { train: "Train a network", lr_range: "Find a learning rate" };

/** A switch between the two; what was said of the range comes back with it. */
function aim(form, range) {
  let before;
  function choose(mode) {
    before = at(form.draft.spec, "/lr_range") ?? before;
    const spec = put(form.draft.spec, "/mode", mode === "train" ? undefined : mode);
    form.draft.replace(put(spec, "/lr_range", mode === "train" ? undefined : before));
  }
  const radios = Object.entries(AIMS).map(([mode, text]) => {
    const input = h("input", { type: "radio", name: "mode", value: mode, onchange: () => choose(mode) });
    return { input, element: h("label", { class: "segment" }, input, text) };
  });
  const messages = form.places.at("/mode", radios[0].input);
  const about = h("p", { class: "hint" }, "The rate rises from step to step until the loss diverges; the job then says which rate would do. The optimizer's rate, the schedule and early stopping have no part in it.");
  const more = h("div", { class: "more" }, about, range.element);
  function update() {
    const mode = form.draft.spec.mode ?? "train";
    radios.forEach(({ input }) => (input.checked = input.value === mode));
    more.hidden = mode !== "lr_range";
    range.update();
  }
  const element = h("fieldset", { class: "segments" }, h("legend", { class: "unseen" }, "Aim"), radios.map((radio) => radio.element), messages);
  return { element, more, update };
}
