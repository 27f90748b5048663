// Fields that are made of others: an object that may be there, one of several objects, a list of such.

import { chosen, starting } from "../pages/new/starting.js";
import { h } from "../parts/element.js";
import { code, fields } from "./field.js";
import { at, below, isObject, same } from "./pointer.js";
import { title } from "./schema.js";

/** An object; a switch puts it there and takes it away, and it comes back as it was. */
export function part(form, pointer, schema, name) {
  const id = `field${pointer.replaceAll("/", "-")}`;
  const single = Object.entries(schema.properties).filter(([, each]) => "const" in each).map(([key, each]) => [key, each.const]);
  let before = { ...Object.fromEntries(single), ...starting(pointer) };
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
  let kept = {};

  function choose(wanted) {
    if (!wanted) return undefined;
    const now = object(at(form.draft.spec, pointer) ?? {});
    kept = { ...kept, ...chosen(pointer, now.name, now) };
    const common = Object.entries(kept).filter(([key]) => key !== "name" && key in schema.branches[wanted].properties);
    const next = { name: wanted, ...starting(pointer)[wanted], ...Object.fromEntries(common) };
    return same(next, { name: form.usual(pointer, schema)?.name }) ? undefined : next;
  }

  function update() {
    const { name: current } = object(at(form.draft.spec, pointer) ?? form.usual(pointer, schema) ?? {});
    const names = [...(schema.isOptional ? [""] : []), ...Object.keys(schema.branches)];
    const all = names.includes(current ?? "") ? names : [...names, current ?? ""];
    if (select.childElementCount !== all.length) select.replaceChildren(...all.map((value) => h("option", { value }, value.replaceAll("_", " ") || "none")));
    select.value = current ?? "";
    branch.update(current);
  }

  const label = h("label", { for: id }, name);
  const outer = h("div", { class: "field" }, label, select, messages, hint(schema), branch.about);
  return { element: h("div", { class: "choice-of-parts", role: "group", "aria-label": name }, outer, branch.element), update };
}

/** The fields of the object that `current` names. */
function branchOf(form, pointer, schema) {
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

/** Objects in an order of their own, each written as its name alone where it says no more. */
export function list(form, pointer, schema, name) {
  const { branches } = schema.items;
  const id = `field${pointer.replaceAll("/", "-")}`;
  const rows = h("ol", { class: "items" });
  const add = h("select", { id, onchange: () => change([...values(), add.value]) },
    h("option", { value: "" }, "Add…"), Object.keys(branches).map((value) => h("option", { value }, title(value))));
  const messages = form.places.at(pointer, add);
  const values = () => [at(form.draft.spec, pointer) ?? []].flat();
  const change = (wanted) => form.draft.put(pointer, wanted.length ? wanted : undefined);
  let [shown, drawn] = [[], "[]"];

  function update() {
    const names = values().map((value) => object(value).name);
    if (JSON.stringify(names) !== drawn) {
      shown = names.map((each, place) => item(form, pointer, schema.items, each, place, move));
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

  const element = h("div", { class: "field compound", role: "group", "aria-label": name },
    h("label", { for: id }, name), rows, add, messages, hint(schema));
  return { element, update };
}

function item(form, pointer, schema, name, place, move) {
  const here = below(pointer, place);
  const branch = branchOf({ ...form, draft: longhand(form.draft, here) }, here, schema);
  const button = (text, label, by, disabled) => h("button", { type: "button", class: "quiet", "aria-label": `${label} ${name}`, disabled, onclick: () => move(place, by) }, text);
  const head = h("div", { class: "row" }, h("strong", {}, title(String(name ?? "unknown"))), h("span", { class: "grow" }),
    button("↑", "Move up", -1, place === 0), button("↓", "Move down", 1, false), button("✕", "Remove", null, false));
  const messages = form.places.at(here, head.querySelector("button:last-of-type"));
  return { element: h("li", {}, head, messages, branch.about, branch.element), update: () => branch.update(name) };
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

const object = (value) => (isObject(value) ? value : { name: typeof value === "string" ? value : undefined });
const hint = ({ description }) => (description ? h("small", { class: "hint" }, code(description)) : null);
