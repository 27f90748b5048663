// Whether a model is right as often as it says: of the images that it is 80 % sure of, 80 % should be right.

import { h, s } from "../../parts/element.js";
import { figures } from "../../parts/figures.js";
import { count, figure, percent } from "../../parts/format.js";

const [SIZE, MARGIN] = [220, 28];
const at = (share) => MARGIN + share * (SIZE - 2 * MARGIN);

export function reliability(calibration) {
  const { bins, ece_before, ece, temperature, measured_on, images } = calibration;
  const bars = bins.filter((bin) => bin.images).map(({ lower, upper, confidence, accuracy, images: size }) =>
    s("rect", { x: at(lower) + 1, width: at(upper) - at(lower) - 2, y: SIZE - at(accuracy), height: at(accuracy) - MARGIN },
      s("title", {}, `${percent(confidence, 0)} sure, ${percent(accuracy, 0)} right: ${count(size)} images`)));
  const words = (x, y, text, anchor = "middle") => s("text", { x, y, "text-anchor": anchor }, text);
  const picture = s("svg", { class: "reliability", viewBox: `0 0 ${SIZE} ${SIZE}`, role: "img",
    "aria-label": `Calibration error ${percent(ece, 2)}` },
    s("line", { class: "axis", x1: at(0), x2: at(1), y1: SIZE - at(0), y2: SIZE - at(0) }), bars,
    s("line", { class: "ideal", x1: at(0), y1: SIZE - at(0), x2: at(1), y2: SIZE - at(1) }),
    words(SIZE / 2, SIZE - 8, "how sure it is"), words(at(0), SIZE - 8, "0 %", "start"), words(at(1), SIZE - 8, "100 %", "end"),
    words(at(0), 14, "how often it is right", "start"));
  return h("div", { class: "row" }, picture, figures({
    "Calibration error before": percent(ece_before, 2), "Calibration error": percent(ece, 2), Temperature: figure(temperature),
    "Measured on": `${count(images)} images, ${measured_on}`,
  }));
}
