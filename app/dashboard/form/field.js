// A field of the spec: its name and range, what it is changed with, what it is for, what is wrong with it.

import { h } from "../parts/element.js";
import { title } from "../parts/format.js";
import { named, part } from "./compound.js";
import { control } from "./controls.js";
import { list } from "./list.js";
import { at, last } from "./pointer.js";
import { range } from "./schema.js";

const COMPOUND = { named, part, list };

/**
 * What fields are drawn with: the draft, the places for messages, what a field is when it is not said; and, if there are such,
 * what there is to choose from that no schema knows, as [value, name], and where an object begins that was just chosen.
 * @typedef {{ draft: Draft, places: Places, usual: (pointer: string, schema: object) => any,
 *   offered?: (pointer: string) => [any, string][], starting?: (pointer: string) => object }} Form
 * A field is { element, update() }; `update` shows what the draft says now.
 */
export function field(form, pointer, schema, name = title(last(pointer))) {
  return (COMPOUND[schema.kind] ?? simple)(form, pointer, schema, name);
}

/** The fields of an object, but for the name that chooses it. */
export function fields(form, pointer, properties, order = Object.keys(properties)) {
  return order.filter((name) => !("const" in properties[name])).map((name) => field(form, `${pointer}/${name}`, properties[name]));
}

function simple(form, pointer, schema, name) {
  const id = `field${pointer.replaceAll("/", "-")}`;
  const { element, list: words, show } = control(schema, id, (value) => form.draft.put(pointer, value), form.offered?.(pointer));
  const reach = h("span", { class: "range", id: `${id}-range` }, range(schema));
  const about = h("small", { class: "hint", id: `${id}-hint` }, code(schema.description ?? ""));
  const said = [reach, about].filter(({ textContent }) => textContent);
  if (said.length) element.setAttribute("aria-describedby", said.map((each) => each.id).join(" "));
  const messages = form.places.at(pointer, element);
  const head = schema.kind === "switch"
    ? h("label", { for: id, class: "inline" }, element, name)
    : [h("div", { class: "name" }, h("label", { for: id }, name), reach), element];
  return {
    element: h("div", { class: `field ${schema.kind}` }, head, words, messages, schema.description ? about : null),
    update: () => show(at(form.draft.spec, pointer), form.usual(pointer, schema)),
  };
}

/** What it is for. */
export const hint = ({ description }) => (description ? h("small", { class: "hint" }, code(description)) : null);

/** Text in which `words` are code. */
export const code = (text) => text.split("`").map((each, place) => (place % 2 ? h("code", {}, each) : each));
