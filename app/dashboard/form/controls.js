// One value: what it is typed or chosen with.

import { h } from "../parts/element.js";
import { isObject, same } from "./pointer.js";

/**
 * By kind, how a value stands in a line of text, and what is in one that was typed. What cannot be read is given on as it is:
 * the server says what is wrong with it, and nothing is lost.
 */
const WRITTEN = {
  text: { read: (text) => text, write: String },
  number: { read: number, write: digits, inputmode: "decimal" },
  numbers: { read: (text) => (text.trim() ? items(text) : []), write: (value) => value.join(", "), isWhole: Array.isArray },
  words: { read: word, write: (value) => [value].flat().join(", ") },
  pairs: { read: pairs, write: (value) => Object.entries(value).map((pair) => pair.join(": ")).join(", "), isWhole: isObject },
  json: { read: json, write: JSON.stringify },
};

/**
 * What a simple field is changed with: { element, show(value, usual) }; `change(value)` is called with undefined when the value is
 * as it would be anyway. `offered` are [value, name] to choose from beside what can be typed.
 */
export function control(schema, id, change, offered = []) {
  const make = { choice, switch: toggle }[schema.kind] ?? line;
  return make(schema, id, change, offered);
}

function line(schema, id, change, offered) {
  const { read, write, isWhole, inputmode } = WRITTEN[schema.kind];
  const parse = (text) => (text === "" && schema.kind !== "numbers" ? undefined : read(text, schema));
  const words = [...wordsOf(schema).map((value) => [value]), ...offered];
  const list = words.length ? h("datalist", { id: `${id}-words` }, words.map(([value, name]) => h("option", { value }, name))) : null;
  const input = h("input", { id, inputmode, autocomplete: "off", spellcheck: "false", list: list?.id, oninput: () => change(parse(input.value)) });
  const text = (value) => (typeof value === "string" || (isWhole && !isWhole(value) && !isObject(value)) ? String(value) : isObject(value) && !isWhole ? JSON.stringify(value) : write(value));
  function show(value, usual) {
    const shown = schema.kind === "numbers" ? value ?? usual : value;
    if (!same(parse(input.value), shown)) input.value = shown === undefined || shown === null ? "" : text(shown);
    const isSaid = usual !== undefined && usual !== null && !same(usual, {});
    input.placeholder = schema.kind === "numbers" ? "none" : isSaid ? text(usual) : schema.isOptional ? "–" : "";
  }
  return { element: input, list, show };
}

function choice(schema, id, change) {
  const values = schema.enum ?? [schema.const];
  let usual;
  const chosen = () => (select.value === "" ? undefined : JSON.parse(select.value));
  const select = h("select", { id, onchange: () => change(same(chosen(), usual) ? undefined : chosen()) });
  let drawn;
  function show(value, now) {
    usual = now;
    const isUnset = (value ?? usual) === undefined || (value ?? usual) === null;
    const strange = isUnset || values.includes(value ?? usual) ? [] : [value];
    const key = JSON.stringify([strange, isUnset, schema.isOptional]);
    if (drawn !== key) {
      const unset = isUnset || schema.isOptional ? [h("option", { value: "" }, "–")] : [];
      select.replaceChildren(...unset, ...[...values, ...strange].map((each) => h("option", { value: JSON.stringify(each) }, readable(each))));
      drawn = key;
    }
    select.value = isUnset ? "" : JSON.stringify(value ?? usual);
  }
  return { element: select, show };
}

const readable = (value) => (typeof value === "string" ? value.replaceAll("_", " ") : JSON.stringify(value));

function toggle(_, id, change) {
  let usual = false;
  const box = h("input", { id, type: "checkbox", role: "switch", onchange: () => change(box.checked === usual ? undefined : box.checked) });
  function show(value, now) {
    usual = now ?? false;
    box.checked = (value ?? usual) === true;
  }
  return { element: box, show };
}

function number(text) {
  const value = Number(text);
  return text.trim() && Number.isFinite(value) ? value : text;
}

/** 0.001, but 1e-6. */
function digits(value) {
  return value && Math.abs(value) < 1e-4 ? value.toExponential() : String(value);
}

const items = (text) => text.split(/[\s,]+/).filter(Boolean).map(number);

const wordsOf = ({ anyOf = [] }) => anyOf.flatMap((option) => option.enum ?? option.const ?? []);

/** A word that is known, a number, or a list where there may be one. */
function word(text, schema) {
  const words = wordsOf(schema);
  const single = number(text);
  if (words.includes(text) || typeof single === "number") return single;
  const mayBeList = schema.anyOf.some(({ type }) => type === "array");
  const mayBegin = words.some((each) => each.startsWith(text));
  return mayBeList && !mayBegin ? items(text) : text;
}

function pairs(text) {
  const found = text.split(",").map((each) => each.split(":").map((part) => part.trim()));
  return found.every((pair) => pair.length === 2 && pair[0]) ? Object.fromEntries(found) : text;
}

function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
