// One data set: what is in it, what was wrong with it.

import { h } from "../parts/element.js";
import { count } from "../parts/format.js";
import { state } from "../parts/state.js";
import { get, Problem } from "../service/api.js";
import { isFinal, shapeOf, titleOf, trainOn } from "../service/datasets.js";
import { repeat } from "../service/live.js";
import { classes } from "./dataset/classes.js";
import { facts } from "./dataset/facts.js";
import { head, heading } from "./dataset/head.js";
import { pictures } from "./dataset/pictures.js";
import { report } from "./dataset/report.js";

const WAIT = 20; // seconds that the server holds a request until there is news

export async function page({ name }, signal) {
  const known = await get(`/datasets/${encodeURIComponent(name)}`, {}, signal).catch(missing);
  return known ? own(known, signal) : builtIn(name, signal);
}

const missing = (error) => {
  if (error instanceof Problem && error.status === 404) return null;
  throw error;
};

async function own(first, signal) {
  const top = head(first);
  const body = h("div", { class: "stack" });

  async function show(dataset) {
    top.update(dataset);
    if (isFinal(dataset)) body.replaceChildren(...(await content(dataset, signal)));
    return isFinal(dataset) && "done";
  }

  const follow = async () => show(await get(`/datasets/${first.id}`, { wait: WAIT }, signal));
  if (!(await show(first))) repeat(follow, 0.2, signal).catch(top.fail);
  return { title: titleOf(first), element: h("div", { class: "stack" }, top.element, body) };
}

/** What is there once the preparation has ended, well or not. */
async function content(dataset, signal) {
  const [found, others] = await Promise.all([get(`/datasets/${dataset.id}/report`, {}, signal).catch(missing), versions(dataset, signal)]);
  const told = found && report(found, signal);
  const rest = facts(dataset, found?.sizes, others);
  if (dataset.state !== "ready") return [told, rest].filter(Boolean);
  const shown = pictures(dataset, signal);
  return [h("div", { class: "columns" }, h("div", { class: "stack" }, classes(dataset, shown.pick), shown.element),
    h("div", { class: "stack" }, told, rest))];
}

/** Other versions of the same names. */
async function versions({ id, names }, signal) {
  const stems = new Set(names.map((name) => name.split(":")[0]));
  const { data } = await get("/datasets", { limit: 200 }, signal);
  return data.filter((each) => each.id !== id).flatMap((each) => each.names).filter((name) => stems.has(name.split(":")[0]));
}

async function builtIn(name, signal) {
  const found = (await get("/datasets", {}, signal)).built_in.find((each) => each.name === name);
  if (!found) throw new Error(`There is no data set ${name}.`);
  const { classes: number, train_images, test_images, present } = found;
  return { title: name, element: h("div", {},
    heading(name, state("built in"), h("a", { class: "button primary", href: trainOn(name) }, "Train on it")),
    h("p", { class: "faint" },
      `${count(train_images)} pictures to train on, ${count(test_images)} to test on · ${count(number)} classes · ${shapeOf(found)}`),
    h("p", {}, present ? "It is on the server's disk." : "It is downloaded when it is first trained on.")) };
}
