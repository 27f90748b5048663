// A job's curves as they grow: loss and accuracy of every batch, evaluations on the same axis, what happened, rate and speed.

import { Chart } from "../../chart/chart.js";
import { closeup } from "../../chart/closeup.js";
import { place } from "../../chart/points.js";
import { rate, SCALES } from "../../chart/scales.js";
import { follow, Series } from "../../chart/series.js";
import { smooth } from "../../chart/smooth.js";
import { toolbar } from "../../chart/toolbar.js";
import { View } from "../../chart/view.js";
import { h } from "../../parts/element.js";
import { count } from "../../parts/format.js";
import { get } from "../../service/api.js";
import { isFinal } from "../../service/jobs.js";
import { happened } from "./happened.js";
import { marksOf, wentBack } from "./marks.js";

const [TALL, SHORT, FEWEST] = [300, 130, 5]; // pixels; steps that are shown at least

const AXES = {
  step: { column: "step", isLog: false, format: count },
  learning_rate: { column: "learning_rate", isLog: true, format: rate },
};

const CHARTS = [
  { ...SCALES.loss, colour: "--loss", height: TALL },
  { ...SCALES.accuracy, colour: "--accuracy", height: TALL },
  { ...SCALES.learning_rate, colour: "--third", height: SHORT },
  { ...SCALES.images_per_second, colour: "--good", height: SHORT },
];

/** { element, update(job) }. */
export function curve(first, signal) {
  let job = first;
  const axis = AXES[job.spec.mode === "lr_range" ? "learning_rate" : "step"];
  const series = new Series(job.id);
  const view = new View(() => ends(series.column(axis.column)), { isLog: axis.isLog, smallest: axis.isLog ? 0.01 : FEWEST });
  const title = (value) => titleOf(series, axis, value);
  const charts = CHARTS.filter(({ column }) => column !== axis.column).map((each) => ({
    ...each,
    chart: new Chart({ name: each.name, height: each.height, view, group: job.id, x: { ...axis, title }, y: { ...each } }, signal),
  }));
  let [evaluations, checkpoints, known] = [[], [], ""];
  const tools = toolbar(view, draw, signal);
  const events = happened();

  function draw() {
    const steps = series.column("step");
    const over = tools.span(series.last);
    charts[0].chart.y.isLog = tools.isLog;
    const x = series.column(axis.column);
    const marks = marksOf(job, checkpoints, (step) => x[Math.min(x.length - 1, place(steps, step))]);
    for (const each of charts) {
      each.chart.show(linesOf(each, { x, steps, series, over, evaluations: axis.column === "step" ? evaluations : [] }), x.length ? marks : []);
      if (x.length) each.chart.describe(`At step ${count(series.last)}: ${each.format(series.column(each.column).at(-1))}.`);
    }
  }

  closeup(view, [series], () => series.column(axis.column), draw, signal);

  async function update(now) {
    if (wentBack(now) !== wentBack(job)) series.forget();
    job = now;
    events.update(job);
    element.hidden = isFinal(job) && !job.progress.step; // there will never be a curve
    const moment = [job.state, job.evaluation?.step, job.events.length].join();
    if (moment === known) return;
    const read = async (what) => (await get(`/jobs/${job.id}/${what}`, {}, signal)).data;
    [evaluations, checkpoints] = await Promise.all([read("evaluations"), read("checkpoints")]);
    known = moment;
    draw();
  }

  const element = h("section", { class: "card curve" }, h("h2", { class: "unseen" }, "Curves"), tools.element,
    h("div", { class: "charts" }, charts.map(({ chart }) => chart.element)), events.element);
  follow(series, draw, signal);
  return { element, update };
}

function linesOf({ column, mean, colour }, { x, steps, series, over, evaluations }) {
  const values = series.column(column);
  const isSmooth = mean && over > 1;
  return [
    { name: "batches", colour, ...(isSmooth && { alpha: 0.3, width: 1 }), x, y: values },
    ...(isSmooth ? [{ name: "smoothed", colour, width: 2.25, x, y: smooth(steps, series.column(mean), over) }] : []),
    ...(column in (evaluations[0] ?? {}) ? dotsOf(evaluations, column) : []),
  ];
}

function dotsOf(evaluations, column) {
  const splits = [...new Set(evaluations.map(({ split }) => split))];
  return splits.map((split) => {
    const of = evaluations.filter((each) => each.split === split);
    return { name: `${split} set`, colour: "--third", isDots: true, x: of.map(({ step }) => step), y: of.map((each) => each[column]) };
  });
}

const ends = (column) => (column.length ? [column[0], column[column.length - 1]] : null);

function titleOf(series, axis, value) {
  const at = Math.min(place(series.column(axis.column), value), series.column("step").length - 1);
  const step = `Step ${count(series.column("step")[at])}`;
  return axis.isLog ? `Rate ${rate(value)} · ${step}` : `Step ${count(value)} · epoch ${series.column("epoch")[at].toFixed(2)}`;
}
