// A job in the list: what it is, how far, how good, and what can be done with it.

import { sparkline } from "../../chart/sparkline.js";
import { h, tell } from "../../parts/element.js";
import { ago, architecture, count, figure, left, percent } from "../../parts/format.js";
import { progressBar } from "../../parts/progress.js";
import { become, state } from "../../parts/state.js";
import { get } from "../../service/api.js";
import { bestOf, datasetOf, isFinal, move, movesOf, nameOf } from "../../service/jobs.js";

const SPARKS = 60; // points of a sparkline

/** { element, update(job) }; `choose(id, isChosen)` hears what is to be compared, `look()` follows what was done to it. */
export function row(job, { choose, look }, signal) {
  const box = h("input", { type: "checkbox", "aria-label": `Choose ${nameOf(job)} to compare`,
    onchange: ({ target }) => choose(job.id, target.checked) });
  const parts = [standing(), distance(), curves(job, signal), quality(), moves(look)];
  const element = h("li", { class: "job card" }, box, what(job), parts.map((part) => part.element));
  return { element, update: (now) => parts.forEach((part) => part.update(now)) };
}

function what(job) {
  const { data: { image_size }, training: { optimizer }, architecture: network } = job.spec;
  return h("div", { class: "what" }, h("a", { class: "name", href: `#/jobs/${job.id}` }, nameOf(job)),
    h("span", { class: "faint mono" }, architecture(network)),
    h("span", { class: "faint" }, [datasetOf(job), image_size && `${image_size} px`, optimizer.name].filter(Boolean).join(" · ")));
}

function standing() {
  const [word, when] = [state(), h("span", { class: "faint" })];
  function update(job) {
    become(word, job.state);
    tell(when, ago(job.created_at));
  }
  return { element: h("div", { class: "how" }, word, when), update };
}

function distance() {
  const bar = progressBar("Progress");
  const words = h("span", { class: "faint" });
  function update(job) {
    const { step, steps, eta_seconds } = job.progress;
    bar.show(step, steps);
    tell(words, `${count(step)} of ${count(steps)}${isFinal(job) ? "" : left(eta_seconds)}`);
  }
  return { element: h("div", { class: "far" }, bar.element, words), update };
}

/** Loss and accuracy, drawn anew when there are more steps. */
function curves({ id }, signal) {
  const [spark, loss] = [h("span"), h("span", { class: "faint" })];
  let drawn = -1; // the step that they end at

  async function draw() {
    const { points } = await get(`/jobs/${id}/metrics`, { max_points: SPARKS }, signal);
    const last = points.at(-1);
    tell(loss, last ? `loss ${figure(last.loss)}` : "");
    spark.replaceChildren(
      sparkline(points.map((point) => point.loss), last ? `Loss, now ${figure(last.loss)}` : "No loss yet"),
      sparkline(points.map(({ accuracy }) => accuracy), last ? `Accuracy, now ${percent(last.accuracy)}` : "No accuracy yet", "accuracy"));
  }

  function update({ progress: { step } }) {
    if (step === drawn) return;
    drawn = step;
    draw().catch(() => (drawn = -1));
  }
  return { element: h("div", { class: "curves" }, spark, loss), update };
}

/** How good it became; of a test of rates, which it found. */
function quality() {
  const [value, name] = [h("strong"), h("span", { class: "faint" })];
  function update(job) {
    const isTest = job.spec.mode === "lr_range";
    tell(value, isTest ? figure(job.lr_range?.suggestion) : percent(bestOf(job)?.accuracy));
    tell(name, isTest ? "suggested rate" : "best accuracy");
  }
  return { element: h("div", { class: "good" }, value, name), update };
}

function moves(look) {
  const element = h("span", { class: "moves" });
  let [job, offered] = [null, ""];
  const button = (each) => h("button", { class: "quiet", onclick: async () => (await move(job, each)) && look() }, each.name);
  function update(now) {
    job = now;
    if (job.state === offered) return;
    offered = job.state;
    element.replaceChildren(...movesOf(job).map(button), h("a", { class: "button quiet", href: `#/new?from=${job.id}` }, "Clone"));
  }
  return { element, update };
}
