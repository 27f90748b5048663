// What came of jobs: a row for each figure, a column for each job, the best one marked.

import { swatch } from "../../chart/swatch.js";
import { h, tell } from "../../parts/element.js";
import { count, duration, figure, percent } from "../../parts/format.js";
import { send } from "../../service/api.js";
import { bestOf, isFinal, secondsOf } from "../../service/jobs.js";
import { told } from "./names.js";

/** `of(job, beside)`; `best` picks from numbers. */
const ROWS = [
  { name: "State", of: ({ state }) => state, format: (state) => state },
  { name: "Best accuracy", of: (job) => bestOf(job)?.accuracy, format: (share) => percent(share), best: Math.max },
  { name: "Evaluated loss", of: ({ evaluation }) => evaluation?.loss, format: figure, best: Math.min },
  { name: "Images per second", of: (_, { speed }) => speed, format: count, best: Math.max },
  { name: "Took", of: (job) => (isFinal(job) ? secondsOf(job) : null), format: duration, best: Math.min },
  { name: "Steps", of: ({ progress }) => progress.step, format: count },
  { name: "Parameters", of: (_, { parameters }) => parameters, format: count, best: Math.min },
];

/** { element, update(jobs, speeds) }. */
export function results(first, signal) {
  const parameters = first.map(() => null);
  const cells = ROWS.map(() => first.map(() => h("td", { class: "number" })));
  let last = [first, []];

  function update(jobs, speeds) {
    last = [jobs, speeds];
    ROWS.forEach(({ of, format, best }, row) => {
      const values = jobs.map((job, place) => of(job, { speed: speeds[place], parameters: parameters[place] }));
      const known = values.filter(Number.isFinite);
      const winner = best && new Set(known).size > 1 ? best(...known) : NaN;
      values.forEach((value, place) => {
        tell(cells[row][place], format(value));
        cells[row][place].classList.toggle("winner", value === winner);
      });
    });
  }

  first.forEach(async (job, place) => {
    const costs = await send("POST", "/jobs/validate", job.spec).catch(() => null); // its data set may be gone
    parameters[place] = costs?.parameters;
    if (!signal.aborted) update(...last);
  });
  const heads = told(first).map((name, place) => h("th", { scope: "col", class: "number" }, h("span", { class: "told" }, swatch(name),
    h("a", { class: "name", href: `#/jobs/${first[place].id}`, title: name.name }, name.name))));
  const body = ROWS.map(({ name }, row) => h("tr", {}, h("th", { scope: "row" }, name), cells[row]));
  update(...last);
  return { update, element: h("section", { class: "card" }, h("h2", {}, "Results"),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Results" },
    h("table", { class: "matrix" }, h("thead", {}, h("tr", {}, h("td"), heads)), h("tbody", {}, body)))) };
}
