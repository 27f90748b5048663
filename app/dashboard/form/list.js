// A field of several objects in an order of their own.

import { h } from "../parts/element.js";
import { title } from "../parts/format.js";
import { branchOf, object } from "./compound.js";
import { hint } from "./field.js";
import { at, below } from "./pointer.js";

/** Each is written as its name alone where it says no more. */
export function list(form, pointer, schema, name) {
  const rows = h("ol", { class: "items" });
  const add = adder(pointer, schema.items, (wanted) => change([...values(), wanted]));
  const messages = form.places.at(pointer, add);
  const values = () => [at(form.draft.spec, pointer) ?? []].flat();
  const change = (wanted) => form.draft.put(pointer, wanted.length ? wanted : undefined);
  let [shown, drawn] = [[], "[]"];

  function update() {
    const names = values().map((value) => object(value).name);
    if (JSON.stringify(names) !== drawn) {
      shown = names.map((each, place) => item(form, below(pointer, place), schema.items, each, place, move));
      rows.replaceChildren(...shown.map(({ element }) => element));
      drawn = JSON.stringify(names);
    }
    add.value = "";
    shown.forEach((each) => each.update());
  }

  /** By so many places, and where `by` is null away. */
  function move(place, by) {
    const all = values();
    const [taken] = all.splice(place, 1);
    if (by !== null) all.splice(place + by, 0, taken);
    change(all);
    (rows.children[Math.min(place + (by ?? 0), rows.children.length - 1)]?.querySelector("button:not(:disabled)") ?? add).focus();
  }

  const element = h("div", { class: "field compound", role: "group", "aria-label": name }, h("label", { for: add.id }, name), rows,
    add, messages, hint(schema));
  return { element, update };
}

function adder(pointer, { branches }, add) {
  const select = h("select", { id: `field${pointer.replaceAll("/", "-")}`, onchange: () => add(select.value) },
    h("option", { value: "" }, "Add…"), Object.keys(branches).map((value) => h("option", { value }, title(value))));
  return select;
}

function item(form, pointer, schema, name, place, move) {
  const branch = branchOf({ ...form, draft: longhand(form.draft, pointer) }, pointer, schema);
  const button = (text, label, by, disabled) => h("button", { type: "button", class: "quiet", "aria-label": `${label} ${name}`,
    disabled, onclick: () => move(place, by) }, text);
  const remove = button("✕", "Remove", null, false);
  const head = h("div", { class: "row" }, h("strong", {}, title(String(name ?? "unknown"))), h("span", { class: "grow" }),
    button("↑", "Move up", -1, place === 0), button("↓", "Move down", 1, false), remove);
  return { element: h("li", {}, head, form.places.at(pointer, remove), branch.about, branch.element), update: () => branch.update(name) };
}

/** A draft in which the object at `pointer` is written out when one of its fields is said, and in short when none is. */
function longhand(draft, pointer) {
  return {
    get spec() {
      return draft.spec;
    },
    put(inner, value) {
      const whole = object(at(draft.spec, pointer));
      const { [inner.slice(pointer.length + 1)]: _, ...rest } = whole;
      const now = value === undefined ? rest : { ...whole, [inner.slice(pointer.length + 1)]: value };
      draft.put(pointer, Object.keys(now).length === 1 ? now.name : now);
    },
  };
}
