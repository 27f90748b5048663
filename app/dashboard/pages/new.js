// A new job: a form that knows the spec, what the run would cost, and the JSON beside it.

import { Draft } from "../form/draft.js";
import { Places } from "../form/places.js";
import { last } from "../form/pointer.js";
import { bodyOf } from "../form/schema.js";
import { h, tell } from "../parts/element.js";
import { get } from "../service/api.js";
import { nameOf } from "../service/jobs.js";
import { aim } from "./new/aim.js";
import { architecture } from "./new/architecture.js";
import { cost } from "./new/cost.js";
import { groups } from "./new/groups.js";
import { images } from "./new/images.js";
import { json } from "./new/json.js";
import { origin, origins } from "./new/origins.js";
import { start } from "./new/start.js";
import { starting } from "./new/starting.js";
import { training } from "./new/training.js";
import { validate } from "./new/validation.js";

const RECENT = 50; // jobs that are offered to begin with

const OFFERED = {
  "/init_from/job": (jobs) => jobs.filter(({ state }) => state === "succeeded").map((job) => [job.id, nameOf(job)]),
  "/resume_from/job": (jobs) => jobs.map((job) => [job.id, nameOf(job)]),
};

let known = null; // of this server: { schema, presets, sets, jobs }; used again while it is away

export async function page(parameters, signal) {
  const { schema, presets, sets, jobs } = await facts(signal);
  const draft = new Draft(place(parameters), await origin(parameters, schema, presets, signal));
  const form = { draft, places: new Places(draft), usual: usual(draft, presets.architectures),
    offered: (pointer) => OFFERED[pointer]?.(jobs), starting };
  const tools = toolbar(draft);
  const { data, architecture: network, training: course } = schema.properties;
  const pictures = images(form, data, sets);
  const fields = [
    aim(form, schema), pictures, architecture(form, network, presets.architectures, pictures.shape), training(form, course), groups(form, schema),
  ];
  const text = json(form);
  const price = cost();
  const begin = start(form, (errors) => hear({ ...heard, bill: null, errors }), signal);
  const parts = [tools, ...fields, text, begin];
  let heard = { bill: null, errors: [], message: "" };

  function update() {
    parts.forEach((part) => part.update());
    form.places.tell(heard.errors);
  }
  function hear(verdict) {
    heard = verdict;
    form.places.tell(verdict.errors);
    fields.forEach((part) => part.price?.(verdict.bill));
    [price, begin].forEach((part) => part.show(verdict));
    side.classList.toggle("asking", verdict.isAsking);
  }

  const side = h("aside", { class: "side", "aria-label": "Cost and start" },
    h("section", { class: "card" }, h("h2", {}, "What it would cost"), price.element, begin.element), text.element);
  const element = h("div", {}, h("div", { class: "title" }, h("h1", {}, "New job"), tools.element),
    origins(parameters, presets, jobs),
    h("div", { class: "halves" }, h("form", { class: "stack", onsubmit: (event) => event.preventDefault(), novalidate: true },
      fields.map((part) => part.element)), side));
  draft.addEventListener("change", update, { signal });
  update();
  validate(draft, hear, signal);
  return { title: "New job", element };
}

/** The schema and the presets do not change while a server runs; data sets and jobs do. */
async function facts(signal) {
  const fixed = known ?? Promise.all([get("/openapi.json", {}, signal), get("/presets", {}, signal)])
    .then(([openapi, presets]) => ({ schema: bodyOf(openapi, "/jobs"), presets }));
  const changing = Promise.all([get("/datasets", {}, signal), get("/jobs", { limit: RECENT }, signal)])
    .then(([sets, { data }]) => ({ sets, jobs: data }));
  const [{ schema, presets }, now] = await Promise.all([fixed, changing.catch((error) => known ?? Promise.reject(error))]);
  return (known = { schema, presets, ...now });
}

/** A draft for each address. */
const place = (parameters) => `?${new URLSearchParams(Object.entries(parameters).sort())}`;

/** What a field is when nothing is said: a published network's own, else the schema's default. */
const usual = (draft, architectures) => (pointer, schema) => {
  const network = pointer.startsWith("/architecture/") ? architectures[draft.spec.architecture?.preset] : null;
  return network?.[last(pointer)] ?? schema.default;
};

function toolbar(draft) {
  const undo = h("button", { type: "button", class: "quiet", onclick: () => draft.undo() }, "Undo");
  const over = h("button", { type: "button", class: "quiet", onclick: () => draft.startOver() }, "Start over");
  const kept = h("span", { class: "faint" });
  function update() {
    [undo.disabled, over.disabled] = [!draft.canUndo, !draft.isChanged];
    tell(kept, draft.isChanged ? "Draft kept in this tab" : "");
  }
  return { element: h("div", { class: "row" }, kept, undo, over), update };
}
