// One data set: what is in it, what was wrong with it.

import { h, tell } from "../parts/element.js";
import { count } from "../parts/format.js";
import { get, Problem } from "../service/api.js";
import { cancel, imagesOf, isFinal, remove, titleOf, trainOn } from "../service/datasets.js";
import { repeat } from "../service/live.js";
import { classes } from "./dataset/classes.js";
import { facts } from "./dataset/facts.js";
import { gallery } from "./dataset/gallery.js";
import { progress } from "./dataset/progress.js";
import { report } from "./dataset/report.js";

const WAIT = 20; // seconds that the server holds a request until there is news

export async function page({ name }, signal) {
  let dataset;
  try {
    dataset = await get(`/datasets/${encodeURIComponent(name)}`, {}, signal);
  } catch (error) {
    const known = error instanceof Problem && error.status === 404 && (await get("/datasets", {}, signal)).built_in.find((each) => each.name === name);
    if (!known) throw error;
    return { title: name, element: builtIn(known) };
  }
  const state = h("span", { class: "state" });
  const what = h("p", { class: "faint" });
  const far = progress();
  const failure = h("p", { class: "error", role: "alert" });
  const moves = h("div", { class: "row" });
  const body = h("div", { class: "stack" });

  const act = (what, after) => async () => {
    tell(failure, "");
    try {
      if ((await what(dataset)) !== false) after();
    } catch (error) {
      tell(failure, error.message);
    }
  };

  async function draw() {
    state.className = `state ${dataset.state}`;
    tell(state, dataset.state);
    tell(what, dataset.images ? `${count(imagesOf(dataset))} pictures · ${dataset.image_size} × ${dataset.image_size} ${dataset.channels === 1 ? "gray" : "colour"}` : "");
    if (dataset.error) tell(failure, dataset.error.message);
    far.update(dataset);
    const train = h("a", { class: "button primary", href: trainOn(titleOf(dataset)) }, "Train on it");
    const drop = h("button", { class: "danger", onclick: act(remove, () => (location.hash = "#/datasets")) }, "Delete");
    const stop = h("button", { onclick: act(cancel, () => null) }, "Cancel");
    moves.replaceChildren(...(isFinal(dataset) ? [dataset.state === "ready" ? train : "", drop] : [stop]));
    if (isFinal(dataset)) body.replaceChildren(...(await content(dataset, signal)));
  }

  async function follow() {
    dataset = await get(`/datasets/${dataset.id}`, { wait: WAIT }, signal);
    await draw();
    return isFinal(dataset) ? "done" : "on";
  }

  await draw();
  if (!isFinal(dataset)) repeat(follow, 0.2, signal).catch((error) => tell(failure, error.message));
  const head = h("div", { class: "heading" }, h("h1", {}, titleOf(dataset)), state, h("span", { class: "grow" }), moves);
  return { title: titleOf(dataset), element: h("div", { class: "set-page" }, h("p", {}, h("a", { href: "#/datasets" }, "Data sets")), head, what, failure, far.element, body) };
}

/** What is there once the preparation has ended, well or not. */
async function content(dataset, signal) {
  const missing = (error) => {
    if (error instanceof Problem) return null;
    throw error;
  };
  const [found, others] = await Promise.all([get(`/datasets/${dataset.id}/report`, {}, signal).catch(missing), versions(dataset, signal)]);
  const told = found && report(found, signal);
  const rest = facts(dataset, found?.sizes, others);
  if (dataset.state !== "ready") return [told, rest].filter(Boolean);
  const pictures = gallery(dataset, signal);
  return [h("div", { class: "columns" }, h("div", { class: "stack" }, classes(dataset, pictures.pick), pictures.element), h("div", { class: "stack" }, told ?? "", rest))];
}

/** Other versions of the same names. */
async function versions({ id, names }, signal) {
  const stems = new Set(names.map((name) => name.split(":")[0]));
  const { data } = await get("/datasets", { limit: 200 }, signal);
  return data.filter((each) => each.id !== id).flatMap((each) => each.names).filter((name) => stems.has(name.split(":")[0]));
}

const builtIn = ({ name, classes: number, image_size, channels, train_images, test_images, present }) => h("div", { class: "set-page" }, h("p", {}, h("a", { href: "#/datasets" }, "Data sets")),
  h("div", { class: "heading" }, h("h1", {}, name), h("span", { class: "state" }, "built in"), h("span", { class: "grow" }), h("a", { class: "button primary", href: trainOn(name) }, "Train on it")),
  h("p", { class: "faint" }, `${count(train_images)} pictures to train on, ${count(test_images)} to test on · ${count(number)} classes · ${image_size} × ${image_size} ${channels === 1 ? "gray" : "colour"}`),
  h("p", {}, present ? "It is on the server's disk." : "It is downloaded when it is first trained on."));
