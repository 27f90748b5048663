// Panels of which one is shown; arrow keys go through their tabs.

import { h } from "../../parts/element.js";

/** `panels` are [{ name, element }]; an element. */
export function tabs(label, panels) {
  const buttons = panels.map(({ name, element }, place) => {
    element.setAttribute("role", "tabpanel");
    element.setAttribute("aria-label", name);
    return h("button", { type: "button", role: "tab", onclick: () => open(place) }, name);
  });

  function open(place, hasFocus = false) {
    buttons.forEach((button, each) => {
      button.setAttribute("aria-selected", String(each === place));
      button.tabIndex = each === place ? 0 : -1;
      panels[each].element.hidden = each !== place;
    });
    if (hasFocus) buttons[place].focus();
  }

  const onkeydown = ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (step) open((buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length, true);
  };
  open(0);
  return h("div", { class: "panels" }, panels.length > 1 ? h("div", { role: "tablist", "aria-label": label, onkeydown }, buttons) : null,
    panels.map(({ element }) => element));
}
