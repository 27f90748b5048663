// How good the finished model is: figures, classes, what it takes for what, its worst mistakes, labels that may be wrong.

import { h } from "../../parts/element.js";
import { figures } from "../../parts/figures.js";
import { count, figure, percent, sentence } from "../../parts/format.js";
import { gallery } from "../../parts/gallery.js";
import { get } from "../../service/api.js";
import { nameOf } from "../../service/jobs.js";
import { reliability } from "./calibration.js";
import { classes } from "./classes.js";
import { confusion } from "./confusion.js";
import { finished } from "./finished.js";

const MOST = 48; // suspects that are shown

export const evaluation = (first, signal) => finished(first, async (job) => {
  const report = await get(`/jobs/${job.id}/evaluation`, {}, signal);
  return [...partsOf(report, signal), suspects(job, signal)];
}, none, signal);

function none({ evaluation, state }) {
  const last = evaluation ? ` After step ${count(evaluation.step)} its accuracy was ${percent(evaluation.accuracy)}.` : "";
  return `The job is ${state}: what it learned is looked at closely when it has trained.${last}`;
}

function partsOf(report, signal) {
  const { calibration } = report;
  return [
    figures({
      Accuracy: percent(report.accuracy), ...Object.fromEntries(Object.entries(report.top_k).filter(([k]) => k !== "1").map(among)),
      Loss: figure(report.loss), Images: `${count(report.images)} of the ${report.split} set`, Model: `of step ${count(report.step)}`,
    }),
    h("div", { class: "columns" }, h("section", {}, h("h2", {}, "Classes"), classes(report)),
      h("section", {}, h("h2", {}, "What is taken for what"), confusion(report))),
    h("div", { class: "columns" },
      calibration && h("section", {}, h("h2", {}, "How far its probabilities can be trusted"), reliability(calibration))),
    h("section", {}, h("h2", {}, "Its worst mistakes"),
      report.hardest.length ? gallery(report.hardest.map(mistake), signal) : h("p", { class: "empty" }, "It made none.")),
  ];
}

const among = ([k, share]) => [`Among its first ${k}`, percent(share)];

const mistake = ({ label, predicted, probability, image, index }) => ({
  image, alt: `Test image ${index}: ${label}`,
  text: [h("b", {}, label), ` taken for ${predicted}`, h("span", { class: "faint" }, ` · ${percent(probability, 0)} sure`)],
});

function suspects(job, signal) {
  const list = h("div");
  get(`/jobs/${job.id}/suspects`, {}, signal).then(({ data, judged, images, note }) => list.replaceChildren(
    h("p", { class: "faint" },
      note ? sentence(note) : `Of ${count(images)} training images ${count(judged)} were judged; these stayed hard to learn: look at them.`),
    gallery(data.slice(0, MOST).map(suspect), signal)), () => list.replaceChildren(h("p", { class: "faint" }, `${nameOf(job)} judged no labels.`)));
  return h("section", {}, h("h2", {}, "Labels that are likely wrong"), list);
}

const suspect = ({ label, predicted, image, index, path, loss }) => ({
  image, alt: `Training image ${path ?? index}: ${label}`,
  text: [h("b", {}, label), ` looks like ${predicted}`,
    h("span", { class: "faint" }, ` · loss ${figure(loss)} · ${path ?? `image ${count(index)}`}`)],
});
