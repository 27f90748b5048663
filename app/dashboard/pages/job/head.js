// How a job stands, in words and figures, and what can be done with it.

import { h, tell } from "../../parts/element.js";
import { architecture, count, duration, figure, left, percent } from "../../parts/format.js";
import { progressBar } from "../../parts/progress.js";
import { become, state } from "../../parts/state.js";
import { bestOf, datasetOf, isFinal, move, movesOf, nameOf, secondsOf } from "../../service/jobs.js";
import { newsOf } from "./news.js";
import { openReport } from "./report.js";

const FACTS = {
  "Best accuracy": (job) => percent(bestOf(job)?.accuracy),
  Loss: ({ progress }) => figure(progress.loss),
  "Batch accuracy": ({ progress }) => percent(progress.accuracy),
  Speed: ({ progress }) => (progress.images_per_second ? `${count(progress.images_per_second)} images/s` : "–"),
  Took: (job) => duration(secondsOf(job)),
  Device: ({ device, precision, threads }) => [device, precision, threads && `${threads} ${threads === 1 ? "thread" : "threads"}`]
    .filter(Boolean).join(" · ") || "–",
  "Data set": (job) => [datasetOf(job), job.spec.data.image_size && `${job.spec.data.image_size} px`].filter(Boolean).join(" · "),
  Optimizer: ({ spec: { training } }) => `${training.optimizer.name} · ${training.optimizer.learning_rate} · ${training.schedule.name.replaceAll("_", " ")}`,
};

/** { element, update(job) }; `look` shows what came of a move. */
export function head(first, look, signal) {
  const parts = [title(first, look), distance(), news(signal), facts()];
  const update = (job) => Promise.all(parts.map((part) => part.update(job)));
  update(first).catch(() => null); // the page's next look will do
  return { element: h("header", { class: "job-head" }, parts.map(({ element }) => element)), update };
}

function title(first, look) {
  const word = state();
  const moves = h("span", { class: "moves" });
  let job = first;

  async function act(each) {
    if (!(await move(job, each))) return;
    if (each.method === "DELETE") location.hash = "#/jobs";
    else await look().catch(() => null); // while the server is away, the next look will do
  }

  function update(now) {
    job = now;
    if (word.textContent === job.state) return;
    become(word, job.state);
    moves.replaceChildren(...movesOf(job).map((each) => h("button", { onclick: () => act(each), class: each.sure ? "danger" : null }, each.name)));
  }

  const element = h("div", {},
    h("div", { class: "row" }, h("h1", {}, nameOf(first)), word, h("span", { class: "grow" }), moves,
      h("a", { class: "button", href: `#/new?from=${first.id}` }, "Clone"), h("button", { onclick: () => openReport(job) }, "Report")),
    h("p", { class: "faint mono" }, architecture(first.spec.architecture), h("br"), first.id));
  return { element, update };
}

function distance() {
  const bar = progressBar("Progress");
  const words = h("p", { class: "faint" });
  function update(job) {
    const { step, steps, epoch, eta_seconds } = job.progress;
    bar.show(step, steps);
    tell(words, `Step ${count(step)} of ${count(steps)} · epoch ${epoch.toFixed(2)}${isFinal(job) ? "" : left(eta_seconds)}`);
  }
  return { element: h("div", {}, bar.element, words), update };
}

function news(signal) {
  const element = h("div", { class: "stack", role: "status" });
  let latest = null;
  async function update(job) {
    latest = job;
    const said = await newsOf(job, signal);
    if (job === latest && element.textContent !== said.map((each) => each.textContent).join("")) element.replaceChildren(...said);
  }
  return { element, update };
}

function facts() {
  const all = Object.entries(FACTS).map(([name, of]) => ({ name, of, value: h("dd") }));
  const element = h("dl", { class: "figures" }, all.map(({ name, value }) => h("div", {}, h("dt", {}, name), value)));
  return { element, update: (job) => all.forEach(({ of, value }) => tell(value, of(job))) };
}
