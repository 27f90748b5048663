// The spec as JSON beside the form: each changes the other.

import { isObject, same } from "../../form/pointer.js";
import { h } from "../../parts/element.js";
import { fault } from "./syntax.js";

export function json(form) {
  const { draft } = form;
  const area = h("textarea", { id: "json", class: "mono", spellcheck: "false", autocomplete: "off", rows: 16,
    "aria-describedby": "json-wrong", oninput: typed });
  const wrong = h("p", { class: "error", id: "json-wrong", role: "status" });
  const drop = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => show() }, "Discard this text");

  function typed() {
    const { spec, message } = read(area.value);
    wrong.textContent = message;
    drop.hidden = !message;
    area.setAttribute("aria-invalid", String(Boolean(message)));
    draft.note("json", message ? area.value : undefined);
    if (!message) draft.replace(spec, "json");
  }

  function show() {
    area.value = print(draft.spec);
    typed();
  }

  /** What cannot be read yet stays, and so does the layout of what says the same. */
  function update() {
    if (draft.texts.json !== undefined && draft.texts.json !== area.value) {
      area.value = draft.texts.json;
      typed();
    } else if (draft.texts.json === undefined && !same(read(area.value).spec, draft.spec)) show();
  }

  const isWide = matchMedia("(min-width: 62rem)").matches;
  const element = h("details", { class: "card json", open: isWide }, h("summary", {}, h("h2", {}, "JSON")),
    h("label", { for: area.id, class: "unseen" }, "The spec as JSON"), area, wrong, drop,
    h("p", { class: "hint" }, "What ", h("code", {}, "POST /jobs"), " gets. Change it here or in the form."));
  return { element, update };
}

function read(text) {
  try {
    const spec = JSON.parse(text);
    return isObject(spec) ? { spec, message: "" } : { message: "A spec is an object: { … }" };
  } catch (error) {
    const { line, column, expected } = fault(text) ?? {};
    return { message: line ? `Line ${line}, column ${column}: expected ${expected}.` : error.message };
  }
}

const SHORT = 37; // characters of a line with its indent, without quotes and colon: what fits beside the form

/** JSON whose short lists and objects stand in one line. */
function print(value, indent = "", name = "") {
  const flat = JSON.stringify(value, null, 1)?.replace(/\n\s*/g, " ").replace(/\[ /g, "[").replace(/ \]/g, "]");
  if (typeof value !== "object" || value === null || (indent && indent.length + name.length + flat.length < SHORT)) return flat;
  const inner = `${indent}  `;
  const lines = Array.isArray(value) ? value.map((each) => inner + print(each, inner)) : Object.entries(value).map(([key, each]) => `${inner}${JSON.stringify(key)}: ${print(each, inner, key)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return lines.length ? `${open}\n${lines.join(",\n")}\n${indent}${close}` : open + close;
}
