// The curves of several jobs on one axis.

import { Chart } from "../../chart/chart.js";
import { closeup } from "../../chart/closeup.js";
import { SCALES } from "../../chart/scales.js";
import { follow, Series } from "../../chart/series.js";
import { smooth } from "../../chart/smooth.js";
import { toolbar } from "../../chart/toolbar.js";
import { View } from "../../chart/view.js";
import { h } from "../../parts/element.js";
import { count, duration } from "../../parts/format.js";
import { told } from "./names.js";

const HEIGHT = 340; // pixels

/** `of(series)` is where its points lie. */
const AXES = {
  step: { of: (series) => series.column("step"), format: count, title: (value) => `Step ${count(value)}` },
  epoch: { of: (series) => series.column("epoch"), format: (value) => String(Number(value.toFixed(2))),
    title: (value) => `Epoch ${value.toFixed(2)}` },
  time: { of: (series) => series.column("time").map((time, _, all) => time - all[0]),
    format: (value) => (value < 60 ? `${Number(value.toPrecision(3))} s` : duration(value)),
    title: (value) => `After ${duration(value)}` },
};

/** { element, speeds(), isWhole() }: the median of each job's images per second, and whether all has been read. */
export function curves(jobs, signal) {
  const all = jobs.map(({ id }) => new Series(id));
  const names = told(jobs);
  let axis = AXES.step;
  let unread = all.length;
  const view = new View(() => {
    const ends = all.map(axis.of).filter((x) => x.length).map((x) => [x[0], x.at(-1)]);
    return ends.length ? [Math.min(...ends.map(([first]) => first)), Math.max(...ends.map(([, last]) => last))] : null;
  });
  const x = { isLog: false, format: (value) => axis.format(value), title: (value) => axis.title(value) };
  const charts = [SCALES.loss, SCALES.accuracy].map((scale) => ({ scale, chart: new Chart({ name: scale.name, height: HEIGHT, view,
    group: "compare", x, y: { ...scale } }, signal) }));
  const choice = h("select", { onchange: ({ target }) => {
    axis = AXES[target.value];
    view.reset();
    draw();
  } }, Object.keys(AXES).map((name) => h("option", { value: name }, name)));
  const tools = toolbar(view, draw, signal, h("label", { class: "inline" }, "Axis", choice));

  function draw() {
    const over = tools.span(Math.max(...all.map(({ last }) => last)));
    charts[0].chart.y.isLog = tools.isLog;
    for (const { scale, chart } of charts) {
      chart.show(all.map((series, place) => ({ ...names[place], width: 2, x: axis.of(series),
        y: smooth(series.column("step"), series.column(over > 1 ? scale.mean : scale.column), over) })));
      chart.describe(`${names.map(({ name }, place) => `${name} ${scale.format(all[place].column(scale.column).at(-1))}`).join(", ")}.`);
    }
  }

  closeup(view, all, (series) => axis.of(series), draw, signal);
  for (const series of all) follow(series, draw, signal).then(() => unread--);
  return {
    element: h("section", { class: "card" }, h("h2", { class: "unseen" }, "Curves"), tools.element,
      h("div", { class: "charts" }, charts.map(({ chart }) => chart.element))),
    speeds: () => all.map((series) => series.column("images_per_second").slice().sort().at(series.column("step").length >> 1)),
    isWhole: () => unread === 0,
  };
}
