// A job's curves as they grow: loss and accuracy of every batch, evaluations on the same axis, what happened, rate and speed.

import { get, Problem } from "../api.js";
import { Chart } from "../chart.js";
import { h, tell } from "../element.js";
import { count, figure, percent } from "../format.js";
import { repeat } from "../live.js";
import { place } from "../points.js";
import { Series, smooth } from "../series.js";
import { View } from "../view.js";
import { zoomButtons } from "../zoom.js";
import { marksOf, wentBack } from "./marks.js";

const SECONDS = 0.2; // between looks at the series
const PATIENCE = 0.12; // seconds that a view rests before its stretch is read
const [TALL, SHORT, FEWEST] = [300, 130, 5]; // pixels; steps that are shown at least
const SMOOTHING = 0.5; // of a series of n steps, over n to the power of it

const rate = (value) => String(Number(value.toPrecision(4)));
const AXES = {
  step: { column: "step", isLog: false, format: count },
  learning_rate: { column: "learning_rate", isLog: true, format: rate },
};

/** What is drawn: a column, and its smooth line of `mean`, which is not shown where there is none. */
const CHARTS = [
  { name: "Loss", column: "loss", mean: "mean_loss", colour: "--loss", height: TALL, format: figure },
  { name: "Accuracy", column: "accuracy", mean: "mean_accuracy", colour: "--accuracy", height: TALL, format: (value) => percent(value), tick: (share) => `${Number((100 * share).toFixed(1))} %`, range: shares },
  { name: "Learning rate", column: "learning_rate", colour: "--third", height: SHORT, format: rate },
  { name: "Images per second", column: "images_per_second", mean: "images_per_second", colour: "--good", height: SHORT, format: count },
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
    chart: new Chart({ name: each.name, height: each.height, view, group: job.id, x: { ...axis, title }, y: { format: each.format, tick: each.tick, range: each.range, isLog: false } }, signal),
  }));
  let [evaluations, checkpoints, known] = [[], [], ""];
  const smoothing = h("input", { type: "range", min: 0, max: 0.9, step: 0.02, value: SMOOTHING, oninput: draw });
  const span = h("output", { class: "faint" });
  const isLog = h("input", { type: "checkbox", onchange: ({ target }) => {
    charts[0].chart.y.isLog = target.checked;
    draw();
  } });

  function draw() {
    const steps = series.column("step");
    const over = Math.round(series.last ** Number(smoothing.value));
    tell(span, over > 1 ? `over ${count(over)} steps` : "none");
    const x = series.column(axis.column);
    const marks = marksOf(job, checkpoints, (step) => x[Math.min(x.length - 1, place(steps, step))]);
    for (const each of charts) {
      each.chart.show(linesOf(each, { x, steps, series, over, evaluations: axis.column === "step" ? evaluations : [] }), x.length ? marks : []);
      if (x.length) each.chart.describe(`At step ${count(series.last)}: ${each.format(series.column(each.column).at(-1))}.`);
    }
  }

  let closing = new AbortController();
  view.addEventListener("change", () => {
    closing.abort();
    closing = new AbortController();
    const either = AbortSignal.any([signal, closing.signal]);
    setTimeout(() => either.aborted || repeat(() => closer(either), SECONDS, either), PATIENCE * 1000);
  }, { signal });

  /** Reads what is shown, and as much on both sides of it, in more detail. */
  async function closer(while_) {
    if (view.range) {
      const [x, steps] = [series.column(axis.column), series.column("step")];
      const [from, to] = [place(x, view.range[0]) - 1, place(x, view.range[1], true)].map((at) => steps[Math.max(0, Math.min(at, x.length - 1))]);
      await series.closer(Math.max(0, 2 * from - to), 2 * to - from, while_);
    } else series.farther();
    draw();
    return "done";
  }

  async function look() {
    const isDone = await series.look(signal);
    draw();
    return isDone && "done";
  }

  async function update(now) {
    if (wentBack(now) !== wentBack(job)) series.forget();
    job = now;
    const moment = [job.state, job.evaluation?.step, job.events.length].join();
    if (moment === known) return;
    [evaluations, checkpoints] = (await Promise.all(["evaluations", "checkpoints"].map((what) => get(`/jobs/${job.id}/${what}`, {}, signal)))).map(({ data }) => data);
    known = moment;
    draw();
  }

  repeat(look, SECONDS, signal).catch((error) => {
    if (!(error instanceof Problem)) throw error; // who looks at the record says that the job is gone
  });
  const tools = h("div", { class: "row tools" },
    h("label", { class: "inline" }, "Smoothing", smoothing, span), h("label", { class: "inline" }, isLog, "Logarithmic loss"),
    h("span", { class: "grow" }), zoomButtons(view, signal));
  return { update, element: h("section", { class: "card curve" }, h("h2", { class: "unseen" }, "Curves"), tools, h("div", { class: "charts" }, charts.map(({ chart }) => chart.element))) };
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

function shares(low, high) {
  const [min, max] = uPlot.rangeNum(low, high, 0.1, true);
  return [Math.max(0, min), Math.min(1, max)];
}

function titleOf(series, axis, value) {
  const at = Math.min(place(series.column(axis.column), value), series.column("step").length - 1);
  const step = `Step ${count(series.column("step")[at])}`;
  return axis.isLog ? `Rate ${rate(value)} · ${step}` : `Step ${count(value)} · epoch ${series.column("epoch")[at].toFixed(2)}`;
}
