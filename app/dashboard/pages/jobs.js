// All jobs, the newest first: how far each is, how good, and what can be done with it.

import { sparkline } from "../chart/sparkline.js";
import { h, Keyed, tell } from "../parts/element.js";
import { ago, architecture, count, duration, figure, percent } from "../parts/format.js";
import { get } from "../service/api.js";
import { isFinal, move, movesOf, nameOf, STATES } from "../service/jobs.js";
import { repeat } from "../service/live.js";

const [SECONDS, PAGE, SPARKS] = [2, 50, 60]; // between looks; jobs that are looked at; points of a sparkline

const ORDERS = {
  newest: (one, other) => other.created_at.localeCompare(one.created_at),
  "best accuracy": (one, other) => (other.best?.accuracy ?? -1) - (one.best?.accuracy ?? -1),
  progress: (one, other) => share(other) - share(one),
  name: (one, other) => nameOf(one).localeCompare(nameOf(other)),
};

const share = ({ progress }) => progress.step / Math.max(1, progress.steps);

export async function page(_, signal) {
  const wanted = { state: "", text: "", order: "newest", shown: PAGE };
  const chosen = new Set(); // to be compared
  const list = h("ul", { class: "jobs", "aria-label": "Jobs" });
  const empty = h("p", { class: "empty" });
  const more = h("button", { hidden: true, onclick: () => look((wanted.shown += PAGE)) }, "Show more");
  const compare = h("a", { class: "button", hidden: true }, "Compare");
  const rows = new Keyed(list, (job) => job.id, (job) => row(job, { chosen, select, look }));

  function select() {
    compare.hidden = chosen.size < 2;
    compare.href = `#/compare?jobs=${[...chosen].join(",")}`;
    tell(compare, `Compare ${chosen.size}`);
  }

  async function look() {
    const { data, has_more } = await jobs(wanted, signal);
    const found = data.filter(fits(wanted.text)).sort(ORDERS[wanted.order]);
    rows.show(found);
    more.hidden = !has_more;
    const isFiltered = wanted.state || wanted.text;
    empty.hidden = found.length > 0;
    empty.replaceChildren(...(isFiltered ? ["No job is like that."] : ["Nothing has been trained yet. ", h("a", { href: "#/new" }, "Start with a new job.")]));
  }

  const change = (name) => ({ target }) => {
    wanted[name] = target.value;
    look();
  };
  const filters = h("div", { class: "filters" },
    h("label", {}, "State", choice(["", ...STATES], "any", change("state"))),
    h("label", {}, "Find", h("input", { type: "search", placeholder: "name, data set, label", oninput: change("text") })),
    h("label", {}, "Order", choice(Object.keys(ORDERS), "", change("order"))),
    h("span", { class: "grow" }), compare, h("a", { class: "button primary", href: "#/new" }, "New job"));
  await look();
  repeat(look, SECONDS, signal);
  return { title: "Jobs", element: h("div", {}, h("h1", {}, "Jobs"), filters, list, empty, more) };
}

const choice = (values, unset, onchange) => h("select", { onchange }, values.map((value) => h("option", { value }, value || unset)));

/** As many as are shown, in pages of what the API gives at once. */
async function jobs({ state, shown }, signal) {
  const found = { data: [], has_more: true };
  for (let after; found.has_more && found.data.length < shown; ) {
    const page = await get("/jobs", { state, after, limit: Math.min(200, shown - found.data.length) }, signal);
    found.data.push(...page.data);
    [found.has_more, after] = [page.has_more, page.next_after];
  }
  return found;
}

function fits(text) {
  const wanted = text.toLowerCase();
  return (job) => [job.id, nameOf(job), job.spec.data.dataset, ...Object.entries(job.labels).map((pair) => pair.join(":"))]
    .some((each) => each?.toLowerCase().includes(wanted));
}

function row(first, { chosen, select, look }) {
  let job = first;
  const box = h("input", { type: "checkbox", "aria-label": `Choose ${nameOf(job)} to compare`, onchange: ({ target }) => {
    chosen[target.checked ? "add" : "delete"](job.id);
    select();
  } });
  const parts = {
    state: h("span"), when: h("span", { class: "faint" }), bar: h("progress", { "aria-label": "Progress" }),
    progress: h("span", { class: "faint" }), best: h("strong"), loss: h("span", { class: "faint" }), spark: h("span"),
    moves: h("span", { class: "moves" }),
  };
  let drawn = -1; // the step that the sparkline ends at
  let offered = "";

  async function draw() {
    if (job.progress.step === drawn) return;
    drawn = job.progress.step;
    const { points } = await get(`/jobs/${job.id}/metrics`, { max_points: SPARKS });
    const last = points.at(-1);
    tell(parts.loss, last ? `loss ${figure(last.loss)}` : "");
    parts.spark.replaceChildren(
      sparkline(points.map(({ loss }) => loss), last ? `Loss, now ${figure(last.loss)}` : "No loss yet"),
      sparkline(points.map(({ accuracy }) => accuracy), last ? `Accuracy, now ${percent(last.accuracy)}` : "No accuracy yet", points.length, "accuracy"));
  }

  function update(now) {
    job = now;
    const { step, steps, eta_seconds } = job.progress;
    parts.state.className = `state ${job.state}`;
    tell(parts.state, job.state);
    tell(parts.when, ago(job.created_at));
    [parts.bar.max, parts.bar.value] = [Math.max(1, steps), step];
    const left = !isFinal(job) && eta_seconds !== null && eta_seconds !== undefined ? ` · ${duration(eta_seconds)} left` : "";
    tell(parts.progress, `${count(step)} of ${count(steps)}${left}`);
    const best = job.best ?? job.evaluation;
    tell(parts.best, best ? percent(best.accuracy) : "–");
    draw().catch(() => (drawn = -1));
    const moves = movesOf(job);
    if (job.state !== offered) {
      offered = job.state;
      parts.moves.replaceChildren(
        ...moves.map((each) => h("button", { class: "quiet", onclick: async () => (await move(job, each)) && look() }, each.name)),
        h("a", { class: "button quiet", href: `#/new?from=${job.id}` }, "Clone"));
    }
  }

  const size = job.spec.data.image_size;
  const element = h("li", { class: "job card" }, box,
    h("div", { class: "what" }, h("a", { class: "name", href: `#/jobs/${job.id}` }, nameOf(job)),
      h("span", { class: "faint mono" }, architecture(job.spec.architecture)),
      h("span", { class: "faint" }, [job.spec.data.dataset, size && `${size} px`, job.spec.training.optimizer.name].filter(Boolean).join(" · "))),
    h("div", { class: "how" }, parts.state, parts.when),
    h("div", { class: "far" }, parts.bar, parts.progress),
    h("div", { class: "curves" }, parts.spark, parts.loss),
    h("div", { class: "good" }, parts.best, h("span", { class: "faint" }, "best accuracy")), parts.moves);
  return { element, update };
}
