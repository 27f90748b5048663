// What there is to a job besides its curves, a panel each.

import { Tabs } from "../../parts/tabs.js";
import { isFinal } from "../../service/jobs.js";
import { checkpoints } from "./checkpoints.js";
import { evaluation } from "./evaluation.js";
import { history } from "./history.js";
import { layers } from "./layers.js";
import { logs } from "./logs.js";
import { model } from "./model.js";
import { spec } from "./spec.js";

const SECTIONS = [
  { id: "evaluation", name: "Evaluation", make: evaluation, isOfModels: true },
  { id: "model", name: "Model", make: model, isOfModels: true },
  { id: "checkpoints", name: "Checkpoints", make: checkpoints },
  { id: "layers", name: "Layers", make: layers },
  { id: "spec", name: "Spec", make: spec },
  { id: "logs", name: "Logs", make: logs },
  { id: "history", name: "History", make: history },
];
const FIRST = { succeeded: "evaluation", failed: "logs" }; // by state

/** { element, update(job) }; `wanted` is the section that the address names. */
export function sections(first, wanted, signal) {
  let job = first;
  const isTest = job.spec.mode === "lr_range";
  const pages = SECTIONS.filter(({ isOfModels }) => !(isTest && isOfModels)).map((each) => ({ ...each, make: () => each.make(job, signal) }));
  const tabs = new Tabs("About the job", pages, (id) => window.history.replaceState(null, "", `#/jobs/${job.id}?tab=${id}`));
  tabs.open(wanted ?? (isFinal(job) ? FIRST[job.state] : "layers"));
  return {
    element: tabs.element,
    update(now) {
      job = now;
      tabs.update(job);
    },
  };
}
