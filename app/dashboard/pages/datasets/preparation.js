// How an upload is prepared, as the API describes it: a field for each of its properties.

import { h, tell } from "../../parts/element.js";
import { get } from "../../service/api.js";

const AUTOMATIC = "automatic";

/** { element, read(), refuse(errors) }: what was set, and each error at its field; those of no field are returned. */
export async function preparation(signal) {
  const document = await get("/openapi.json", {}, signal);
  const { upload, ...properties } = document.paths["/datasets"].post.requestBody.content["application/json"].schema.properties;
  const fields = Object.entries(properties).map(([name, schema]) => [name, field(name, schema)]);
  const [[, name], ...others] = fields;
  const fold = h("details", {}, h("summary", {}, "How it is prepared"), h("div", { class: "fields" }, others.map(([, { element }]) => element)));

  function read() {
    return Object.fromEntries(fields.map(([name, each]) => [name, each.read()]).filter(([, value]) => value !== undefined));
  }

  function refuse(errors) {
    const at = (name) => errors.find(({ pointer }) => pointer === `/${name}`)?.message;
    fields.forEach(([name, each]) => each.refuse(at(name)));
    if (others.some(([name]) => at(name))) fold.open = true;
    fields.find(([name]) => at(name))?.[1].focus();
    return errors.filter(({ pointer }) => !fields.some(([name]) => pointer === `/${name}`));
  }

  return { element: h("div", { class: "stack" }, name.element, fold), read, refuse };
}

function field(name, schema) {
  const kind = [schema, ...(schema.anyOf ?? [])].find(({ type }) => type && type !== "null");
  const isOptional = schema.default === undefined;
  const isNumber = ["integer", "number"].includes(kind.type);
  const control = kind.enum
    ? h("select", {}, isOptional ? h("option", { value: "" }, AUTOMATIC) : null, kind.enum.map((value) => h("option", { value }, String(value))))
    : h("input", isNumber ? { type: "number", min: kind.minimum, max: kind.maximum, step: kind.type === "integer" ? 1 : "any", placeholder: AUTOMATIC } : { type: "text", autocomplete: "off" });
  control.value = schema.default ?? "";
  const error = h("span", { class: "error", role: "alert" });
  const element = h("label", {}, words(name), control, error, h("small", { class: "faint" }, schema.description));

  function refuse(message) {
    tell(error, message ?? "");
    control.setAttribute("aria-invalid", String(Boolean(message)));
  }

  const read = () => (control.value === "" ? undefined : isNumber ? Number(control.value) : control.value);
  return { element, read, refuse, focus: () => control.focus() };
}

const words = (name) => name[0].toUpperCase() + name.slice(1).replaceAll("_", " ");
