// How long: so many steps or so many epochs, one of the two.

import { control } from "../../form/controls.js";
import { at, put } from "../../form/pointer.js";
import { range } from "../../form/schema.js";
import { h, tell } from "../../parts/element.js";
import { count } from "../../parts/format.js";

const UNITS = { max_steps: "steps", epochs: "epochs" };
const pointer = (unit) => `/training/${unit}`;

export function length(form, schema) {
  const units = h("select", { "aria-label": "Unit of the length", onchange: () => measureIn(units.value) },
    Object.entries(UNITS).map(([value, name]) => h("option", { value }, name)));
  const inputs = Object.keys(UNITS).map((each) => ({ unit: each, ...input(form, schema, each) }));
  const [label, reach, also] = [h("label", {}, "Length"), h("span", { class: "range" }), h("small", { class: "hint" })];
  let [unit, bill] = ["max_steps", null];

  function measureIn(wanted) {
    const value = converted(at(form.draft.spec, pointer(unit)), wanted, bill);
    form.draft.replace(put(put(form.draft.spec, pointer(unit), undefined), pointer(wanted), value));
    units.focus();
  }

  /** Both are shown where both are said, which the server refuses. */
  function update() {
    const given = Object.keys(UNITS).filter((each) => (at(form.draft.spec, pointer(each)) ?? undefined) !== undefined);
    if (given.length === 1) [unit] = given;
    for (const each of inputs) {
      each.show(at(form.draft.spec, pointer(each.unit)));
      each.element.hidden = each.unit !== unit && !given.includes(each.unit);
      if (each.unit === unit) label.htmlFor = each.element.id;
    }
    units.value = unit;
    tell(reach, range(schema.properties[unit]));
  }

  function price(now) {
    bill = now;
    tell(also, bill ? other(unit, bill) : "");
  }

  const row = h("div", { class: "joined" }, inputs.map(({ element }) => element), units);
  return { element: h("div", { class: "field" }, h("div", { class: "name" }, label, reach), row,
    inputs.map(({ messages }) => messages), also), update, price };
}

function input(form, schema, unit) {
  const made = control(schema.properties[unit], `field-training-${unit}`, (value) => form.draft.put(pointer(unit), value));
  return { ...made, messages: form.places.at(pointer(unit), made.element) };
}

/** The same length in the other unit, where it is known how many images there are. */
function converted(given, wanted, bill) {
  if (!bill || !Number.isInteger(given)) return given;
  const epoch = bill.images_per_epoch / bill.batch_size; // steps
  return Math.max(1, Math.round(wanted === "epochs" ? given / epoch : given * epoch));
}

/** How long it is in the other unit, in words. */
function other(unit, { steps, batch_size, images_per_epoch }) {
  if (unit === "epochs") return `${count(steps)} steps`;
  const epochs = (steps * batch_size) / images_per_epoch;
  return `${epochs < 10 ? epochs.toFixed(1) : count(epochs)} epochs`;
}
