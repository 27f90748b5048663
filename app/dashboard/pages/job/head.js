// How a job stands, in words and figures, and what can be done with it.

import { h, tell } from "../../parts/element.js";
import { architecture, count, duration, figure, percent } from "../../parts/format.js";
import { isFinal, move, movesOf, nameOf } from "../../service/jobs.js";
import { newsOf } from "./news.js";
import { openReport } from "./report.js";

const FACTS = {
  "Best accuracy": ({ best, evaluation }) => percent((best ?? evaluation)?.accuracy),
  Loss: ({ progress }) => figure(progress.loss),
  "Batch accuracy": ({ progress }) => percent(progress.accuracy),
  Speed: ({ progress }) => (progress.images_per_second ? `${count(progress.images_per_second)} images/s` : "–"),
  Took: (job) => duration(seconds(job)),
  Device: ({ device, precision, threads }) => [device, precision, threads && `${threads} ${threads === 1 ? "thread" : "threads"}`].filter(Boolean).join(" · ") || "–",
  "Data set": ({ dataset, spec }) => [dataset?.name ?? spec.data.dataset, spec.data.image_size && `${spec.data.image_size} px`].filter(Boolean).join(" · "),
  Optimizer: ({ spec: { training } }) => `${training.optimizer.name} · ${training.optimizer.learning_rate} · ${training.schedule.name.replaceAll("_", " ")}`,
};

/** { element, update(job) }; `look` shows what came of a move. */
export function head(first, look, signal) {
  let job = first;
  const state = h("span");
  const moves = h("span", { class: "moves" });
  const bar = h("progress", { "aria-label": "Progress" });
  const far = h("p", { class: "faint" });
  const facts = Object.entries(FACTS).map(([name, of]) => ({ of, value: h("dd") , name }));
  const news = h("div", { class: "stack", role: "status" });

  async function act(each) {
    if (!(await move(job, each))) return;
    if (each.method === "DELETE") location.hash = "#/jobs";
    else await look();
  }

  function draw() {
    if (state.textContent !== job.state) {
      state.className = `state ${job.state}`;
      tell(state, job.state);
      moves.replaceChildren(...movesOf(job).map((each) => h("button", { onclick: () => act(each), class: each.sure ? "danger" : null }, each.name)));
    }
    [bar.max, bar.value] = [Math.max(1, job.progress.steps), job.progress.step];
    tell(far, farOf(job));
    facts.forEach(({ of, value }) => tell(value, of(job)));
  }

  async function tellNews() {
    const of = job;
    const said = await newsOf(of, signal);
    if (of === job && news.textContent !== said.map((each) => each.textContent).join("")) news.replaceChildren(...said);
  }

  const element = h("header", { class: "job-head" },
    h("div", { class: "row" }, h("h1", {}, nameOf(job)), state, h("span", { class: "grow" }), moves,
      h("a", { class: "button", href: `#/new?from=${job.id}` }, "Clone"), h("button", { onclick: () => openReport(job) }, "Report")),
    h("p", { class: "faint mono" }, architecture(job.spec.architecture), h("br"), job.id), bar, far, news,
    h("dl", { class: "figures" }, facts.map(({ name, value }) => h("div", {}, h("dt", {}, name), value))));
  draw();
  return {
    element,
    async update(now) {
      job = now;
      draw();
      await tellNews();
    },
  };
}

function farOf(job) {
  const { step, steps, epoch, eta_seconds } = job.progress;
  const left = isFinal(job) || eta_seconds === null || eta_seconds === undefined ? "" : ` · ${duration(eta_seconds)} left`;
  return `Step ${count(step)} of ${count(steps)} · epoch ${epoch.toFixed(2)}${left}`;
}

const seconds = ({ started_at, finished_at }) => started_at && ((finished_at ? Date.parse(finished_at) : Date.now()) - Date.parse(started_at)) / 1000;
