// A picture as the model sees it, under its heat map.

import { h } from "../../parts/element.js";
import { heatMap, paint } from "./heat.js";

const PIXELATED = 96; // pixels a side, up to which single ones are shown

/** { element, picture(file, name), explain(explanation, model) }; no explanation, no map. */
export function seen() {
  const image = h("img", { alt: "" });
  const heat = heatMap();
  const element = h("div", { class: "seen" }, image, heat);
  image.onload = () => {
    element.classList.toggle("pixelated", image.naturalWidth <= PIXELATED);
    element.classList.remove("unseen");
    URL.revokeObjectURL(image.src);
  };
  image.onerror = () => element.classList.add("unseen");

  function picture(file, name) {
    image.src = URL.createObjectURL(file);
    image.alt = name;
  }

  async function explain(explanation, { preprocessing, channels }) {
    element.dataset.fit = preprocessing.fit?.how ?? "stretch";
    element.classList.toggle("gray", channels === 1);
    heat.hidden = !explanation;
    if (explanation) await paint(heat, explanation.heatmap);
  }

  return { element, picture, explain };
}
