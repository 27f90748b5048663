// The likeliest classes as bars, each of which can be explained.

import { h, Keyed, tell } from "../../parts/element.js";
import { percent } from "../../parts/format.js";

/** { element, show(ranking, { label, explained }) }; `onpick(index)` hears whose heat map is wanted. */
export function bars(onpick) {
  const element = h("ol", { class: "bars", "aria-label": "The likeliest classes" });
  let facts = {};
  const rows = new Keyed(element, ({ index }) => index, ({ index, label }) => {
    const share = h("span", { class: "share" });
    const level = h("span", { class: "level" });
    const button = h("button", { type: "button", title: `Show where “${label}” is seen`, onclick: () => onpick(index) },
      h("span", { class: "label" }, label), share, h("span", { class: "track" }, level));
    const update = ({ probability }) => {
      level.style.width = `${(probability * 100).toFixed(2)}%`;
      tell(share, percent(probability));
      button.setAttribute("aria-pressed", String(index === facts.explained));
      button.classList.toggle("true", label === facts.label);
    };
    return { element: h("li", {}, button), update };
  });
  return { element, show: (ranking, more) => ((facts = more), rows.show(ranking)) };
}
