// Figures, each under its name.

import { h } from "./element.js";

/** Of an object by name; what is missing is left out. Of the kind "flow" each is as wide as it needs. */
export function figures(named, kind = "") {
  const known = Object.entries(named).filter(([, value]) => value !== null && value !== undefined && value !== false);
  return h("dl", { class: `figures ${kind}` }, known.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}
