// How the model is asked: the switches beside the answers.

import { h, tell } from "../../parts/element.js";
import { percent } from "../../parts/format.js";

/** An element. It changes `asked`; `ask()` where that needs new answers, `judge()` where the old ones will do. */
export function settings(asked, { ask, judge, heat }) {
  const shown = h("output", {}, said(asked.minConfidence));
  const confidence = h("input", { type: "range", min: 0, max: 1, step: 0.01, value: asked.minConfidence, oninput: () => {
    asked.minConfidence = Number(confidence.value);
    tell(shown, said(asked.minConfidence));
    judge();
  } });
  const toggle = (name) => h("input", { type: "checkbox", checked: asked[name], onchange: ({ target }) => {
    asked[name] = target.checked;
    opacity.disabled = !asked.explain;
    ask();
  } });
  const opacity = h("input", { type: "range", min: 0, max: 1, step: 0.05, value: 0.7, "aria-label": "How strong the heat map is",
    oninput: () => heat(opacity.value) });
  heat(opacity.value);
  return h("section", { class: "card settings" }, h("h2", {}, "How it answers"),
    h("label", { class: "inline" }, toggle("explain"), h("span", {}, "Heat map", h("small", {}, "where in the picture it sees the class"))), opacity,
    h("label", { class: "inline" }, toggle("flips"), h("span", {}, "Look at the mirror image too", h("small", {}, "surer, twice the time"))),
    h("label", {}, "Say nothing below", confidence), shown);
}

const said = (share) => (share ? percent(share, 0) : "0 %: it always answers");
