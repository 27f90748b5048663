// Tabs: one panel at a time, made when it is first wanted.

import { h } from "./element.js";

/** `pages` are { id, name, make }; `make()` gives { element, update }; `changed(id)` hears of each that is opened. One page has no tab. */
export class Tabs {
  #panels = new Map();

  constructor(name, pages, changed = () => null) {
    [this.pages, this.changed] = [pages, changed];
    this.buttons = pages.map(({ id, name: label }) => h("button", { type: "button", role: "tab", id: `tab-${id}`,
      "aria-controls": "panel", onclick: () => this.open(id) }, label));
    this.panel = h("div", { role: "tabpanel", id: "panel", tabindex: 0 });
    const list = h("div", { role: "tablist", "aria-label": name, hidden: pages.length < 2, onkeydown: (event) => this.#press(event) }, this.buttons);
    this.element = h("section", { class: "card tabs" }, list, this.panel);
  }

  open(id) {
    const place = Math.max(0, this.pages.findIndex((each) => each.id === id));
    const page = this.pages[place];
    this.buttons.forEach((button, at) => {
      button.setAttribute("aria-selected", String(at === place));
      button.tabIndex = at === place ? 0 : -1;
    });
    if (!this.#panels.has(page.id)) this.#panels.set(page.id, page.make());
    this.panel.setAttribute("aria-labelledby", `tab-${page.id}`);
    this.panel.replaceChildren(this.#panels.get(page.id).element);
    this.changed(page.id);
  }

  /** Tells every panel that was ever opened. */
  update(...news) {
    for (const panel of this.#panels.values()) panel.update?.(...news);
  }

  #press({ key }) {
    const at = this.buttons.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[key];
    if (to === undefined || at < 0) return;
    const button = this.buttons.at(to % this.buttons.length);
    this.open(this.pages[this.buttons.indexOf(button)].id);
    button.focus();
  }
}
