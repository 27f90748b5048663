// A heat map in colour, to lie over its picture.

import { h } from "../../parts/element.js";

// Heats and their colours, as `model/finished/gradcam.py` paints them.
const STOPS = [[0, [90, 0, 90]], [128, [220, 30, 30]], [191, [250, 150, 0]], [255, [255, 255, 60]]];

const COLOURS = Array.from({ length: 256 }, (_, heat) => {
  const place = Math.max(1, STOPS.findIndex(([stop]) => stop >= heat));
  const [[from, low], [to, high]] = [STOPS[place - 1], STOPS[place]];
  return low.map((value, channel) => value + ((heat - from) / (to - from)) * (high[channel] - value));
});

/** A canvas that is the clearer the colder; paint(canvas, png) draws an 8-bit gray PNG in base64 on it. */
export const heatMap = () => h("canvas", { class: "heat", hidden: true, "aria-hidden": "true" });

export async function paint(canvas, png) {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  for (let place = 0; place < pixels.data.length; place += 4) {
    const heat = pixels.data[place];
    pixels.data.set([...COLOURS[heat], heat], place);
  }
  context.putImageData(pixels, 0, 0);
  canvas.hidden = false;
}
