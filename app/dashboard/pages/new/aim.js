// What for: a trained network, or a learning rate to train it with.

import { field } from "../../form/field.js";
import { at, put } from "../../form/pointer.js";
import { h } from "../../parts/element.js";

const AIMS = { train: "Train a network", lr_range: "Find a learning rate" };

/** A switch between the two, and the job's name; what was said of the range comes back with it. */
export function aim(form, { properties }) {
  const name = field(form, "/name", properties.name);
  const range = field(form, "/lr_range", properties.lr_range, "Range of the rates");
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
  const more = h("div", { class: "more" },
    h("p", { class: "hint" }, "The rate rises from step to step until the loss diverges; the job then says which rate would do. ",
      "The optimizer's own rate, the schedule and early stopping have no part in it."), range.element);
  function update() {
    const mode = form.draft.spec.mode ?? "train";
    radios.forEach(({ input }) => (input.checked = input.value === mode));
    more.hidden = mode !== "lr_range";
    [name, range].forEach((each) => each.update());
  }
  const segments = h("fieldset", { class: "segments" }, h("legend", { class: "unseen" }, "Aim"), radios.map(({ element }) => element));
  const element = h("section", { class: "card" }, h("h2", {}, "Job"), h("div", { class: "aim" }, segments, name.element),
    form.places.at("/mode", radios[0].input), more);
  return { element, update };
}
