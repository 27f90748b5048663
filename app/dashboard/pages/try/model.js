// Which model is asked.

import { h } from "../../parts/element.js";
import { figures } from "../../parts/figures.js";
import { count, percent } from "../../parts/format.js";
import { get } from "../../service/api.js";
import { shapeOf } from "../../service/datasets.js";
import { nameOf } from "../../service/jobs.js";

const SHOWN = 12; // classes that are named

/** The models that there are, as options: aliases first. `chosen` is selected, also if it is not among them. */
export function choice(models, chosen, onchange) {
  const aliases = models.flatMap((model) => model.aliases.map((alias) => option(alias, `${alias} → ${said(model)}`, chosen)));
  const jobs = models.map((model) => option(model.job_id, said(model), chosen));
  const isKnown = [...aliases, ...jobs].some(({ value }) => value === chosen);
  return h("select", { onchange: ({ target }) => onchange(target.value) }, chosen && !isKnown ? option(chosen, chosen, chosen) : null,
    aliases.length ? h("optgroup", { label: "Names" }, aliases) : null, h("optgroup", { label: "Jobs" }, jobs));
}

const option = (value, text, chosen) => h("option", { value, selected: value === chosen }, text);
const said = (model) => [titleOf(model), model.accuracy !== null && percent(model.accuracy), model.dataset.name].filter(Boolean).join(" · ");
const titleOf = ({ name, job_id }) => nameOf({ name, id: job_id });

/** All that is known of a model, `name` as it is asked by. Problem. */
export async function described(name, signal) {
  const model = await get(`/models/${encodeURIComponent(name)}`, {}, signal);
  return { ...model, name, title: titleOf(model) };
}

/** What it is, in a line. */
export function facts(model) {
  const { classes, dataset, accuracy, parameters, job_id, step } = model;
  const more = classes.length > SHOWN ? ` and ${count(classes.length - SHOWN)} more` : "";
  return figures({
    Accuracy: percent(accuracy), "Data set": h("a", { href: `#/datasets/${dataset.id ?? dataset.name}` }, dataset.name),
    Sees: shapeOf(model), Parameters: count(parameters), Job: [h("a", { href: `#/jobs/${job_id}` }, model.title), ` at step ${count(step)}`],
    [`${count(classes.length)} classes`]: classes.slice(0, SHOWN).join(", ") + more,
  }, "flow");
}
