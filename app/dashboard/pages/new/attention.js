// Everything that is wrong with a draft, each with a way to its field.

import { spoken } from "../../form/places.js";
import { same } from "../../form/pointer.js";
import { h } from "../../parts/element.js";

/** { element, show(errors) }. */
export function attention(places) {
  const element = h("ul", { class: "attention", "aria-label": "To be put right", hidden: true });
  let said = [];

  const link = ({ pointer }) => h("li", {},
    h("button", { type: "button", class: "suggestion", onclick: () => places.focus(pointer) }, spoken(pointer)));

  function show(errors) {
    element.hidden = !errors.length;
    if (same(errors, said)) return;
    said = errors;
    element.replaceChildren(...errors.map((error) => (places.has(error.pointer) ? link(error) : named(places.message(error), error.pointer))));
  }

  return { element, show };
}

function named(item, pointer) {
  item.prepend(h("code", {}, pointer || "/"), " ");
  return item;
}
