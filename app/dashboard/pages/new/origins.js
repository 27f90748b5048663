// Where a new job begins: nothing, a recipe, another job. Each is an address, with a draft of its own.

import { put } from "../../form/pointer.js";
import { sparse } from "../../form/schema.js";
import { h } from "../../parts/element.js";
import { ago, architecture, count } from "../../parts/format.js";
import { get } from "../../service/api.js";
import { datasetOf, nameOf } from "../../service/jobs.js";

/** Small enough for any machine, and good on small pictures. */
const BLANK = {
  architecture: { blocks: [[1, 32], [1, 64], [1, 128]], classifier: [], batch_norm: true, head: "max" },
  data: { dataset: "fashion-mnist", normalization: "standard" },
  training: { optimizer: { name: "sgd", learning_rate: 0.1, momentum: 0.9 }, batch_size: 128, epochs: 5 },
};

/** The spec that an address means: `recipe`, `from` with perhaps `resume`, `dataset`, `learning_rate`. */
export async function origin({ recipe, from, resume, dataset, learning_rate }, schema, presets, signal) {
  let spec = presets.recipes[recipe] ?? BLANK;
  if (from) spec = asked(await get(`/jobs/${from}`, {}, signal), schema, presets.architectures);
  if (from && resume) spec = { ...spec, resume_from: { job: from, checkpoint: /^\d+$/.test(resume) ? Number(resume) : resume } };
  if (dataset) spec = put(spec, "/data/dataset", dataset);
  if (learning_rate) spec = trainedAt(Number(learning_rate), spec);
  return spec;
}

/** A test of rates becomes the training that it was for. */
function trainedAt(rate, { mode, lr_range, ...spec }) {
  return put(spec, "/training/optimizer/learning_rate", rate);
}

/** A job's spec as it was asked for: without defaults, with its data set by name. */
function asked(job, schema, architectures) {
  const { name, labels, priority, resume_from } = job;
  const data = { ...job.spec.data, dataset: datasetOf(job) };
  const whole = { name, labels, priority, ...job.spec, data, resume_from };
  const told = sparse(whole, schema);
  const { preset, ...rest } = job.spec.architecture;
  const defaults = architectures[preset] ?? {};
  const { architecture: { properties } } = schema.properties;
  return { ...told, architecture: { ...(preset ? { preset } : {}), ...sparse(rest, { properties }, defaults) } };
}

/** Links to all of them; the one that is open is marked. */
export function origins(parameters, presets, jobs) {
  const { recipe, from, dataset } = parameters;
  const link = (query, name, about, isHere) => h("a", { class: "origin", href: `#/new${query}`, "aria-current": isHere ? "true" : null },
    h("strong", {}, name), h("small", {}, about));
  const cloned = jobs.find(({ id }) => id === from);
  const menu = h("details", { class: "origin menu", onkeydown: ({ key }) => key === "Escape" && (menu.open = false) },
    h("summary", { "aria-current": from ? "true" : null }, h("strong", {}, from ? (cloned ? nameOf(cloned) : from) : "A job…"),
      h("small", {}, from ? "cloned" : "clone one")),
    h("ul", { class: "recent" }, jobs.length ? jobs.map((job) => recent(job, from)) : h("li", { class: "faint" }, "There is none yet.")));
  return h("nav", { class: "origins", "aria-label": "Begin with" },
    link(dataset ? `?dataset=${encodeURIComponent(dataset)}` : "", "Blank", "good defaults", !recipe && !from),
    Object.entries(presets.recipes).map(([name, spec]) => link(`?recipe=${name}`, name, said(spec), name === recipe)), menu);
}

const recent = (job, from) => h("li", {},
  h("a", { href: `#/new?from=${job.id}`, "aria-current": job.id === from ? "true" : null }, nameOf(job)),
  h("small", {}, `${architecture(job.spec.architecture)} · ${datasetOf(job)} · ${ago(job.created_at)}`));

const said = ({ architecture: network, training }) => `${network.preset ?? `${network.blocks.length} blocks`} · ${count(training.max_steps)} steps`;
