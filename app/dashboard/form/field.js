// A field of the spec: its name and range, what it is changed with, what it is for, what is wrong with it.

import { h } from "../parts/element.js";
import { nameOf } from "../service/jobs.js";
import { list, named, part } from "./compound.js";
import { control } from "./controls.js";
import { at, last } from "./pointer.js";
import { range, title } from "./schema.js";

/** What there is to choose from that no schema knows: [value, name]. */
const OFFERED = {
  "/init_from/job": ({ jobs }) => jobs.filter(({ state }) => state === "succeeded").map((job) => [job.id, nameOf(job)]),
  "/resume_from/job": ({ jobs }) => jobs.map((job) => [job.id, nameOf(job)]),
};

const COMPOUND = { named, part, list };

/**
 * What a field is drawn with: the draft, the places for messages, what a field is when it is not said, the latest jobs.
 * @typedef {{ draft: Draft, places: Places, usual: (pointer: string, schema: object) => any, jobs: object[] }} Form
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
  const { element, list: words, show } = control(schema, id, (value) => form.draft.put(pointer, value), OFFERED[pointer]?.(form));
  const reach = h("span", { class: "range", id: `${id}-range` }, range(schema));
  const about = h("small", { class: "hint", id: `${id}-hint` }, code(schema.description ?? ""));
  const said = [reach, about].filter(({ textContent }) => textContent);
  if (said.length) element.setAttribute("aria-describedby", said.map((each) => each.id).join(" "));
  const messages = form.places.at(pointer, element);
  const head = schema.kind === "switch" ? h("label", { for: id, class: "inline" }, element, name) : [h("div", { class: "name" }, h("label", { for: id }, name), reach), element];
  return {
    element: h("div", { class: `field ${schema.kind}` }, head, words, messages, schema.description ? about : null),
    update: () => show(at(form.draft.spec, pointer), form.usual(pointer, schema)),
  };
}

/** Text in which `words` are code. */
export const code = (text) => text.split("`").map((each, place) => (place % 2 ? h("code", {}, each) : each));
