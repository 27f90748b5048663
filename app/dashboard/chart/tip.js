// What is said beside a chart's cursor.

import { h, tell } from "../parts/element.js";
import { swatch } from "./swatch.js";

export class Tip {
  #title = h("strong");
  #rows = h("div", { class: "rows" });
  element = h("div", { class: "tip", hidden: true, "aria-hidden": "true" }, this.#title, this.#rows);

  /** Lies over this from now on. */
  over(element) {
    element.append(this.element);
  }

  /** `left` in pixels; rows are { name, colour, value, dash, isDots }. */
  show(left, title, rows, notes) {
    tell(this.#title, title);
    this.#rows.replaceChildren(...rows.map((row) => h("div", {}, swatch(row), h("span", {}, row.name), h("b", {}, row.value))),
      ...notes.map((note) => h("div", { class: "note" }, note)));
    this.element.hidden = false;
    const isRight = left > this.element.parentElement.clientWidth / 2;
    this.element.style.left = isRight ? "auto" : `${left + 14}px`;
    this.element.style.right = isRight ? `${this.element.parentElement.clientWidth - left + 14}px` : "auto";
    this.text = [title, ...rows.map(({ name, value }) => `${name} ${value}`), ...notes].join(", ");
  }

  hide() {
    this.element.hidden = true;
  }
}
