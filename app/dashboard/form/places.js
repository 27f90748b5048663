// Where what the server says of a field is shown.

import { h } from "../parts/element.js";
import { sentence, title } from "../parts/format.js";
import { above, at, below, put } from "./pointer.js";

export class Places {
  #places = new Map(); // by pointer: { target, list }

  constructor(draft) {
    this.draft = draft;
  }

  /** The list of what is said of `pointer`, to be put beside `target`, which gets the focus and is marked as wrong. */
  at(pointer, target) {
    const list = h("ul", { class: "messages", id: `messages${pointer.replaceAll("/", "-")}`, hidden: true });
    this.#places.set(pointer, { target, list });
    return list;
  }

  /** Each refusal at its field, or at that which the field is part of; what has no place is left to the list of all. */
  tell(errors) {
    const placed = Map.groupBy(errors, ({ pointer }) => this.#nearest(pointer));
    const wrong = Map.groupBy([...this.#places].filter(([pointer]) => placed.has(pointer)), ([, { target }]) => target);
    for (const [pointer, { target, list }] of this.#places) {
      const said = placed.get(pointer) ?? [];
      list.hidden = !said.length;
      const key = JSON.stringify(said);
      if (list.dataset.said !== key) list.replaceChildren(...said.map((error) => this.message(error)));
      list.dataset.said = key;
      mark(target, (wrong.get(target) ?? []).map(([, place]) => place.list.id));
    }
  }

  message(error) {
    const hint = error.suggestion && h("span", {}, " Did you mean ",
      h("button", { type: "button", class: "suggestion", onclick: () => this.#take(error) }, error.suggestion), "?");
    return h("li", {}, sentence(error.message), hint);
  }

  has(pointer) {
    return this.#nearest(pointer) !== null;
  }

  /** To the field, whose fold is opened if need be. */
  focus(pointer) {
    const { target } = this.#places.get(this.#nearest(pointer)) ?? {};
    for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    target?.focus();
  }

  #nearest(pointer) {
    for (let here = pointer; here; here = above(here)) {
      if (this.#places.get(here)?.list.isConnected) return here;
    }
    return null;
  }

  /** A field that is not known moves to the name that was meant; any other gets the value that was. */
  #take({ pointer, code, suggestion }) {
    if (code !== "unknown_field") return this.draft.put(pointer, suggestion);
    const meant = suggestion.startsWith("/") ? suggestion : below(above(pointer), suggestion);
    this.draft.replace(put(put(this.draft.spec, pointer, undefined), meant, at(this.draft.spec, pointer)));
  }
}

/** As wrong, and described by these `messages`, or as right where there are none. */
function mark(target, messages) {
  target.toggleAttribute("data-wrong", messages.length > 0);
  if (!target.matches("input, select, textarea")) return;
  target.setAttribute("aria-invalid", String(messages.length > 0));
  const hints = (target.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && !id.startsWith("messages-"));
  const all = [...hints, ...messages];
  if (all.length) target.setAttribute("aria-describedby", all.join(" "));
  else target.removeAttribute("aria-describedby");
}

/** "/data/augmentation/1/hue" as "Augmentation 2, hue". */
export function spoken(pointer) {
  const words = pointer.split("/").slice(1).map((part) => (/^\d+$/.test(part) ? Number(part) + 1 : part.replaceAll("_", " ")));
  const told = words.length > 1 ? words.slice(1) : words;
  return title(told.join(", ").replace(/, (\d+)/g, " $1"));
}
