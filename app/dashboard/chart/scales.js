// What a series measures, and how it is drawn: a column, the column that its smooth line is of, and its axis.

import { count, figure, percent } from "../parts/format.js";

/** 0.05, but 5e-5. */
export function rate(value) {
  const round = Number(value.toPrecision(4));
  return round && Math.abs(round) < 0.001 ? round.toExponential() : String(round);
}

export const SCALES = {
  loss: { name: "Loss", column: "loss", mean: "mean_loss", format: figure },
  accuracy: { name: "Accuracy", column: "accuracy", mean: "mean_accuracy", format: (share) => percent(share),
    tick: (share) => `${Number((100 * share).toFixed(1))} %`, range: shares },
  learning_rate: { name: "Learning rate", column: "learning_rate", format: rate },
  images_per_second: { name: "Images per second", column: "images_per_second", mean: "images_per_second", format: count },
};

/** Not beyond 0 and 1. */
function shares(low, high) {
  const [min, max] = uPlot.rangeNum(low, high, 0.1, true);
  return [Math.max(0, min), Math.min(1, max)];
}
