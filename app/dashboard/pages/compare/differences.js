// What differs in the specs of jobs, and nothing else.

import { h } from "../../parts/element.js";
import { told } from "./names.js";

export function differences(jobs) {
  const specs = jobs.map(({ spec }) => flat(spec));
  const fields = [...new Set(specs.flatMap((spec) => [...spec.keys()]))].filter((field) => new Set(specs.map((spec) => spec.get(field))).size > 1).sort();
  const heads = told(jobs).map(({ name }) => h("th", { scope: "col" }, h("span", { class: "name", title: name }, name)));
  const rows = fields.map((field) => h("tr", {}, h("th", { scope: "row", class: "mono" }, field),
    specs.map((spec) => h("td", { class: "mono" }, spec.get(field) ?? "–"))));
  return h("section", { class: "card" }, h("h2", {}, "What differs in their specs"), rows.length
    ? h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Differences" },
      h("table", { class: "matrix" }, h("thead", {}, h("tr", {}, h("td"), heads)), h("tbody", {}, rows)))
    : h("p", { class: "empty" }, "Nothing."));
}

/** Every field by its path, as JSON; lists are values. */
function flat(value, path = "") {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return new Map([[path, typeof value === "string" ? value : JSON.stringify(value)]]);
  return new Map(Object.entries(value).flatMap(([name, each]) => [...flat(each, path ? `${path}.${name}` : name)]));
}
