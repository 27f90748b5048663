// The word for how something stands, in its colour.

import { h, tell } from "./element.js";

export const state = (name = "") => h("span", { class: `state ${name}` }, name);

export function become(element, name) {
  element.className = `state ${name}`;
  tell(element, name);
}
