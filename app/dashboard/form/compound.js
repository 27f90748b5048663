// Fields that are made of others: an object that may be there, one of several objects.

import { h } from "../parts/element.js";
import { code, fields, hint } from "./field.js";
import { at, isObject, same } from "./pointer.js";

/** An object; a switch puts it there and takes it away, and it comes back as it was. */
export function part(form, pointer, schema, name) {
  const id = `field${pointer.replaceAll("/", "-")}`;
  const single = Object.entries(schema.properties).filter(([, each]) => "const" in each).map(([key, each]) => [key, each.const]);
  let before = { ...Object.fromEntries(single), ...form.starting?.(pointer) };
  const box = h("input", { id, type: "checkbox", role: "switch", onchange: () => form.draft.put(pointer, box.checked ? before : undefined) });
  const messages = form.places.at(pointer, box);
  const inner = h("div", { class: "fields inner" });
  let shown = [];
  function update() {
    const value = at(form.draft.spec, pointer);
    const isThere = value !== undefined && value !== null;
    if (isThere) before = value;
    box.checked = isThere;
    if (isThere !== shown.length > 0) {
      shown = isThere ? fields(form, pointer, schema.properties) : [];
      inner.replaceChildren(...shown.map(({ element }) => element));
    }
    shown.forEach((each) => each.update());
  }
  const label = h("label", { for: id, class: "inline" }, box, name);
  return { element: h("div", { class: "field compound", role: "group", "aria-label": name }, label, messages, hint(schema), inner), update };
}

/** One of several objects, chosen by name. What they share stays, what the others had comes back with them. */
export function named(form, pointer, schema, name) {
  const id = `field${pointer.replaceAll("/", "-")}`;
  const select = h("select", { id, onchange: () => form.draft.put(pointer, choose(select.value)) });
  const messages = form.places.at(pointer, select);
  const branch = branchOf(form, pointer, schema);
  const starting = form.starting?.(pointer) ?? {};
  let kept = {};

  function choose(wanted) {
    if (!wanted) return undefined;
    const now = object(at(form.draft.spec, pointer) ?? {});
    kept = { ...kept, ...meant(now, starting[now.name]) };
    const common = Object.entries(kept).filter(([key]) => key !== "name" && key in schema.branches[wanted].properties);
    const next = { name: wanted, ...starting[wanted], ...Object.fromEntries(common) };
    return same(next, { name: form.usual(pointer, schema)?.name }) ? undefined : next;
  }

  function update() {
    const { name: current } = object(at(form.draft.spec, pointer) ?? form.usual(pointer, schema) ?? {});
    const names = [...(schema.isOptional ? [""] : []), ...Object.keys(schema.branches)];
    const all = names.includes(current ?? "") ? names : [...names, current ?? ""];
    if (select.childElementCount !== all.length) select.replaceChildren(...all.map(option));
    select.value = current ?? "";
    branch.update(current);
  }

  const label = h("label", { for: id }, name);
  const outer = h("div", { class: "field" }, label, select, messages, hint(schema), branch.about);
  return { element: h("div", { class: "choice-of-parts", role: "group", "aria-label": name }, outer, branch.element), update };
}

const option = (value) => h("option", { value }, value.replaceAll("_", " ") || "none");

/** What was said, without what is only where its kind begins: a rate that suits one optimizer harms another. */
const meant = (value, beginning = {}) => Object.fromEntries(Object.entries(value).filter(([key, each]) => beginning[key] !== each));

/** The fields of the object that `current` names. */
export function branchOf(form, pointer, schema) {
  const element = h("div", { class: "fields inner branch" });
  const about = h("small", { class: "hint" }); // what the object is
  let [shown, drawn] = [[]];
  function update(current) {
    const chosen = schema.branches[current];
    if (current !== drawn) {
      shown = chosen ? fields(form, pointer, chosen.properties) : [];
      about.replaceChildren(...code(chosen?.description ?? ""));
      element.replaceChildren(...shown.map((each) => each.element));
      drawn = current;
    }
    shown.forEach((each) => each.update());
  }
  return { element, about, update };
}

/** Also of a name alone, which is short for its object. */
export const object = (value) => (isObject(value) ? value : { name: typeof value === "string" ? value : undefined });
