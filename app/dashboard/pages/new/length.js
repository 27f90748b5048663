// How long: so many steps or so many epochs, one of the two.

import { control } from "../../form/controls.js";
import { at, put } from "../../form/pointer.js";
import { range } from "../../form/schema.js";
import { h, tell } from "../../parts/element.js";
import { count } from "../../parts/format.js";

const UNITS = { max_steps: "steps", epochs: "epochs" };
const pointer = (unit) => `/training/${unit}`;

export function length(form, schema) {
  const change = (unit) => (value) => form.draft.put(pointer(unit), value);
  const units = h("select", { "aria-label": "Unit of the length", onchange: () => measureIn(units.value) }, Object.entries(UNITS).map(([value, name]) => h("option", { value }, name)));
  const inputs = Object.fromEntries(Object.keys(UNITS).map((unit) => [unit, control(schema.properties[unit], `field-training-${unit}`, change(unit))]));
  const messages = Object.keys(UNITS).map((unit) => form.places.at(pointer(unit), inputs[unit].element));
  const reach = h("span", { class: "range" });
  const also = h("small", { class: "hint" });
  const label = h("label", {}, "Length");
  let unit = "max_steps";
  let bill = null;

  /** The same length in the other unit, where it is known how many images there are. */
  function measureIn(wanted) {
    const given = at(form.draft.spec, pointer(unit));
    const epoch = bill && bill.images_per_epoch / bill.batch_size; // steps
    const converted = epoch && Number.isInteger(given) ? Math.max(1, Math.round(wanted === "epochs" ? given / epoch : given * epoch)) : given;
    form.draft.replace(put(put(form.draft.spec, pointer(unit), undefined), pointer(wanted), converted));
    units.focus();
  }

  function update() {
    const [steps, epochs] = Object.keys(UNITS).map((each) => at(form.draft.spec, pointer(each)) ?? undefined);
    if ((steps === undefined) !== (epochs === undefined)) unit = steps === undefined ? "epochs" : "max_steps";
    for (const [each, { element, show }] of Object.entries(inputs)) {
      show(at(form.draft.spec, pointer(each)));
      element.hidden = each !== unit && at(form.draft.spec, pointer(each)) === undefined;
    }
    label.htmlFor = inputs[unit].element.id;
    units.value = unit;
    tell(reach, range(schema.properties[unit]));
  }

  function price(now) {
    bill = now;
    const epochs = bill && (bill.steps * bill.batch_size) / bill.images_per_epoch;
    tell(also, bill ? (unit === "epochs" ? `${count(bill.steps)} steps` : `${epochs < 10 ? epochs.toFixed(1) : count(epochs)} epochs`) : "");
  }

  const row = h("div", { class: "joined" }, Object.values(inputs).map(({ element }) => element), units);
  return { element: h("div", { class: "field" }, h("div", { class: "name" }, label, reach), row, messages, also), update, price };
}
