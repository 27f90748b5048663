// A feature map as a box: its face grows with the size in pixels, its depth with the channels.

import { s } from "../../parts/element.js";

const [WIDTH, HEIGHT] = [112, 78];
const [LEAST, FACE] = [5, 46]; // of the face's side, and what the largest adds
const SLANT = 0.55; // of the depth, to the right and up

/** `shape` is [channels, height, width]; `largest` the side of the image. */
export function cuboid([channels, height, width], largest) {
  const side = (size) => LEAST + FACE * Math.sqrt(size / largest);
  const [wide, high, deep] = [side(width), side(height), 3 + 4 * Math.log2(channels)];
  const slant = deep * SLANT;
  const [left, bottom] = [(WIDTH - wide - slant) / 2, HEIGHT - 2];
  const corner = (x, y, z) => `${left + x + z * slant},${bottom - y - z * slant}`;
  const face = (name, ...corners) => s("polygon", { class: name, points: corners.join(" ") });
  return s("svg", { class: "cuboid", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
    face("top", corner(0, high, 0), corner(wide, high, 0), corner(wide, high, 1), corner(0, high, 1)),
    face("side", corner(wide, 0, 0), corner(wide, high, 0), corner(wide, high, 1), corner(wide, 0, 1)),
    face("front", corner(0, 0, 0), corner(wide, 0, 0), corner(wide, high, 0), corner(0, high, 0)));
}
