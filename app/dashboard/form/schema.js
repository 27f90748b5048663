// What a request may say, as the API publishes it: what kind of thing each field is.

import { isObject, same } from "./pointer.js";

const isNumber = ({ type }) => ["integer", "number"].includes(type);

/** First that fits. What fits none is edited as JSON, so a field of a new kind is there at once. */
const KINDS = {
  choice: (schema) => Boolean(schema.enum) || "const" in schema,
  switch: (schema) => schema.type === "boolean",
  number: (schema) => isNumber(schema),
  text: (schema) => schema.type === "string",
  named: (schema) => Boolean(schema.branches),
  list: (schema) => Boolean(schema.items?.branches),
  numbers: (schema) => schema.type === "array" && [...(schema.prefixItems ?? []), schema.items].filter(Boolean).every(isNumber),
  words: (schema) => Boolean(schema.anyOf),
  pairs: (schema) => Boolean(schema.patternProperties),
  part: (schema) => Boolean(schema.properties),
  json: () => true,
};

/**
 * The body of `POST path` out of an OpenAPI document: schemas without references, where null is `isOptional`, each with its
 * `kind`; one of several objects has `branches`, by their `name`.
 */
export function bodyOf(openapi, path) {
  const schemas = openapi.components.schemas;

  function plain(schema) {
    const { $ref, ...own } = schema;
    let whole = $ref ? { ...schemas[$ref.split("/").at(-1)], ...own } : own;
    if (whole.anyOf) {
      const { anyOf, ...rest } = whole;
      const options = anyOf.filter(({ type }) => type !== "null").map(plain);
      const branches = options.find((option) => option.branches)?.branches; // a name alone is short for its object
      const isOptional = options.length < anyOf.length;
      const [only] = options.length === 1 ? options : [branches ? { branches } : { anyOf: options }];
      whole = { ...only, ...rest, isOptional };
    }
    if (whole.discriminator) {
      const named = Object.entries(whole.discriminator.mapping).map(([name, reference]) => [name, plain({ $ref: reference })]);
      whole = { ...whole, branches: Object.fromEntries(named) };
    }
    if (whole.items) whole = { ...whole, items: plain(whole.items) };
    if (whole.properties) whole = { ...whole, properties: mapped(whole.properties, plain) };
    return { ...whole, kind: Object.keys(KINDS).find((kind) => KINDS[kind](whole)) };
  }

  return plain(openapi.paths[path].post.requestBody.content["application/json"].schema);
}

const mapped = (object, change) => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));

/** What is said of `value` without the fields that are as they would be anyway. `defaults` are those, where not the schema's. */
export function sparse(value, schema, defaults = {}) {
  const properties = schema.branches?.[value?.name]?.properties ?? schema.properties;
  if (!properties || !isObject(value)) return value;
  const told = Object.entries(value).filter(([name, each]) => {
    const usual = name in defaults ? defaults[name] : properties[name]?.default ?? null;
    return !same(sorted(each), sorted(usual));
  });
  return Object.fromEntries(told.map(([name, each]) => [name, properties[name] ? sparse(each, properties[name]) : each]));
}

const sorted = (value) => (isObject(value) ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))) : value);

const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });
const GROUPED = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
const short = (value) => (value < 1e6 ? GROUPED : COMPACT).format(value);

/** "0 to 0.5", "above 0 to 100", "from 1"; "" where anything goes. */
export function range({ minimum, exclusiveMinimum, maximum, exclusiveMaximum, anyOf }) {
  const number = anyOf?.find(isNumber);
  if (number) return range(number);
  const from = minimum !== undefined ? short(minimum) : exclusiveMinimum !== undefined ? `above ${short(exclusiveMinimum)}` : "";
  const to = maximum < Number.MAX_SAFE_INTEGER ? `to ${short(maximum)}` : exclusiveMaximum !== undefined ? `to below ${short(exclusiveMaximum)}` : "";
  if (!to) return from && !from.startsWith("above") ? `from ${from}` : from;
  return `${from} ${to}`.trim();
}
