// The maps that come out of a block, drawn as a box with its size in words.

import { same } from "../../form/pointer.js";
import { h, tell } from "../../parts/element.js";
import { cuboid } from "./cuboid.js";

/** { element, draw(shape, largest) }: [channels, height, width], and the side of the image. With a `name` it stands for itself. */
export function drawing(name) {
  const box = h("div", { class: "drawing" });
  const size = h("span", { class: "size" });
  const map = h("div", { class: "map" }, box, size);
  let drawn;
  function draw(shape, largest) {
    if (!shape || same([shape, largest], drawn)) return;
    drawn = [shape, largest];
    box.replaceChildren(cuboid(shape, largest));
    tell(size, words(shape));
  }
  return { element: name ? h("li", { class: "end" }, h("span", { class: "faint" }, name), map) : map, draw };
}

const words = ([channels, height, width]) =>
  [channels, height === width ? height > 1 && `${height}²` : `${height}×${width}`].filter(Boolean).join(" × ");
