// Where what the server says of a field is shown.

import { h } from "../element.js";
import { above, at, below, put } from "./pointer.js";
import { title } from "./schema.js";

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

  /** Each refusal at its field, or at that which the field is part of; returns those that have no place. */
  tell(errors) {
    const placed = Map.groupBy(errors, ({ pointer }) => this.#nearest(pointer));
    for (const [pointer, { target, list }] of this.#places) {
      const said = placed.get(pointer) ?? [];
      list.hidden = !said.length;
      const key = JSON.stringify(said);
      if (list.dataset.said !== key) list.replaceChildren(...said.map((error) => this.message(error)));
      list.dataset.said = key;
      mark(target, said.length > 0, list.id);
    }
    return placed.get(null) ?? [];
  }

  message(error) {
    const hint = error.suggestion && h("span", {}, " Did you mean ", h("button", { type: "button", class: "suggestion", onclick: () => this.#take(error) }, error.suggestion), "?");
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

function mark(target, isWrong, messages) {
  target.toggleAttribute("data-wrong", isWrong);
  if (!target.matches("input, select, textarea")) return;
  target.setAttribute("aria-invalid", String(isWrong));
  const hints = (target.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== messages);
  target.setAttribute("aria-describedby", [...hints, ...(isWrong ? [messages] : [])].join(" "));
}

/** "/training/batch_size" as "Training, batch size". */
export const spoken = (pointer) => title(pointer.slice(1).split("/").map((part) => part.replaceAll("_", " ")).join(", ") || "spec");

export const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
