// The axes of a chart: what they reach over, and where they have their words.

import { colour } from "./colours.js";

const NARROW = 6; // a logarithmic axis on which the highest is less than so many times the lowest has the ticks of a linear one
const [TICKS, DIGIT, LEAST] = [5, 7, 54]; // about so many; pixels of a letter, and of a y axis at least

/** uPlot's, of a chart with `view`, `x` and `y`. */
export const scales = ({ view, x, y }) => ({
  x: { time: false, distr: x.isLog ? 3 : 1, range: () => wide(view.shown, x.isLog) },
  y: { distr: y.isLog ? 3 : 1, range: (plot, low, high) => (y.isLog ? logarithmic(plot) : low === null ? [0, 1] : (y.range ?? linear)(low, high)) },
});

export function axes({ x, y }) {
  const common = { stroke: () => colour("--faint"), grid: { stroke: () => colour("--line"), width: 1 }, ticks: { show: false },
    font: "12px system-ui, sans-serif" };
  const words = ({ format, tick = format }) => (_, places) => places.map((value) => (value === null ? null : tick(value)));
  const size = (_, all) => Math.max(LEAST, 16 + DIGIT * Math.max(0, ...(all ?? []).map((word) => word?.length ?? 0)));
  const ofLog = ({ isLog }) => isLog && { splits: (_, __, low, high) => ticks(low, high), filter: (_, places) => places };
  return [{ ...common, ...ofLog(x), size: 32, space: 70, values: words(x) }, { ...common, ...ofLog(y), size, values: words(y) }];
}

const linear = (low, high) => uPlot.rangeNum(low, high, 0.1, true);

/** A range that has a width. */
function wide(range, isLog) {
  const [min, max] = range ?? [isLog ? 0.1 : 0, 1];
  if (min < max) return [min, max];
  return isLog ? [min / 2, max * 2] : [min - 0.5, max + 0.5];
}

/** Of what is shown, and a little more; uPlot's own takes 1 to 10 for a line that has no value there. */
function logarithmic(plot) {
  const [first, last] = plot.series[0].idxs ?? [];
  const values = plot.data.slice(1).flatMap((column) => column.slice(first, last + 1).filter((value) => value > 0));
  if (!values.length) return [0.1, 1];
  const low = values.reduce((least, value) => Math.min(least, value));
  const high = values.reduce((most, value) => Math.max(most, value));
  const margin = (high / low) ** 0.05 * 1.01;
  return [low / margin, high * margin];
}

/** Round values of a logarithmic axis: of each decade 1, 2 and 5, or 1 alone where there are many. */
function ticks(low, high) {
  if (high / low < NARROW) return even(low, high);
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const digits = last - first > 3 ? [1] : [1, 2, 5];
  const decades = Array.from({ length: last - first + 1 }, (_, place) => first + place);
  return decades.flatMap((decade) => digits.map((digit) => Number(`${digit}e${decade}`))).filter((value) => value >= low && value <= high);
}

function even(low, high) {
  const rough = (high - low) / TICKS;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * decade).find((each) => each >= rough);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, place) => Number(((first + place) * step).toPrecision(12)));
}
