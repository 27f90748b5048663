// Which images: one's own sets and those that are known by name.

import { at } from "../../form/pointer.js";
import { h, tell } from "../../parts/element.js";
import { count } from "../../parts/format.js";
import { shapeOf } from "../../service/datasets.js";

const [POINTER, READY] = ["/data/dataset", "ready"];

/** `sets` is what `GET /datasets` gives. */
export function dataset(form, sets) {
  const own = sets.data.filter(({ names }) => names.length).map((set) => ({ ...facts(set), name: set.names[0],
    also: [set.id, ...set.names], state: set.state }));
  const builtIn = sets.built_in.map((set) => ({ ...facts(set), name: set.name, also: [set.name], isAbsent: !set.present }));
  const all = [...own, ...builtIn];
  const select = h("select", { id: "field-data-dataset", onchange: () => form.draft.put(POINTER, select.value) });
  const about = h("small", { class: "hint", id: "field-data-dataset-hint" });
  select.setAttribute("aria-describedby", about.id);
  const option = (value, text, disabled = false) => h("option", { value, disabled }, text);
  const group = (label, options) => (options.length ? h("optgroup", { label }, options.map(choosable)) : null);
  const choosable = ({ name, state = READY }) => option(name, state === READY ? name : `${name} (${state})`, state !== READY);
  let drawn;

  function update() {
    const value = at(form.draft.spec, POINTER) ?? "";
    const known = all.find(({ also }) => also.includes(value));
    const strange = known?.name === value ? [] : [option(value, known || !value ? value || "Choose…" : `${value} (unknown)`)];
    if (drawn !== value) select.replaceChildren(...[...strange, group("Yours", own), group("Known by name", builtIn)].filter(Boolean));
    drawn = value;
    select.value = value;
    tell(about, known?.images ? said(known) : "");
  }

  const element = h("div", { class: "field" }, h("label", { for: select.id }, "Data set"), select, form.places.at(POINTER, select),
    form.places.at("/data", select), about);
  return { element, update, facts: () => all.find(({ also }) => also.includes(at(form.draft.spec, POINTER))) };
}

/** What there is to say of either kind; `classes` of one's own are their names. */
const facts = ({ classes, channels, image_size, train_images, images }) => ({
  classes: Array.isArray(classes) ? classes.length : classes, channels, size: image_size, images: train_images ?? images?.train,
});

const said = ({ images, classes, size, channels, isAbsent }) => [
  `${count(images)} training images`, `${count(classes)} classes`, shapeOf({ image_size: size, channels }), isAbsent && "will be downloaded first",
].filter(Boolean).join(" · ");
