// A model tried: pictures handed over, picked or drawn, and what it says of them.

import { h } from "../parts/element.js";
import { Tabs } from "../parts/tabs.js";
import { get, Problem } from "../service/api.js";
import { dropZone } from "../upload/drop.js";
import { answers } from "./try/answers.js";
import { batch } from "./try/batch.js";
import { drawing } from "./try/drawing.js";
import { choice, described, facts } from "./try/model.js";
import { testPictures } from "./try/pictures.js";
import { settings } from "./try/settings.js";

const KINDS = "image/jpeg,image/png,image/webp,image/bmp,image/gif";
let handed = 0; // pictures; each has a key of its own

export async function page({ model: wanted }, signal) {
  const { data: models } = await get("/models", { limit: 200 }, signal);
  const chosen = wanted ?? models[0]?.aliases[0] ?? models[0]?.job_id;
  if (!chosen) return { title: "Try it", element: none() };
  const asked = { model: null, flips: false, explain: true, minConfidence: 0 };
  const shown = answers(asked, signal);
  const about = h("div", { class: "about" });
  const picks = h("div");
  const problem = h("p", { class: "error", role: "alert" });
  const body = h("div", { class: "try" });
  let turns = 0;

  async function choose(name) {
    const turn = ++turns;
    history.replaceState(null, "", `#/try?model=${encodeURIComponent(name)}`);
    try {
      asked.model = await described(name, signal);
      problem.replaceChildren();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problem.replaceChildren(error.message);
      return;
    } finally {
      body.hidden = !asked.model;
    }
    about.replaceChildren(facts(asked.model));
    const [test, pen] = await Promise.all([testPictures(asked.model, shown.show, signal), penFor(asked.model, signal)]);
    if (turn !== turns) return; // another was chosen meanwhile
    picks.replaceChildren(...ways(test, pen, shown.show));
    if (shown.isEmpty()) test?.first();
    else shown.ask();
  }

  const give = (files) => shown.show(files.map(({ path, file }) => ({ key: ++handed, name: path, file })));
  const zone = dropZone({ title: "Choose pictures", hint: "or drop them anywhere, or paste one", accept: KINDS, everywhere: true, give }, signal);
  const set = settings(asked, { ask: shown.ask, judge: shown.judge, heat: (value) => body.style.setProperty("--heat", value) });
  body.append(h("div", { class: "give stack" }, zone, picks), h("div", { class: "said-of" }, shown.element), set, batch(asked, models, signal));
  await choose(chosen);
  const head = h("section", { class: "card model" }, h("label", {}, "Model", choice(models, chosen, choose)), about);
  return { title: "Try it", element: h("div", {}, h("h1", {}, "Try it"), head, problem, body) };
}

/** Tabs of what there is to pick from or to draw on; nothing where there is neither. */
function ways(test, pen, give) {
  const pages = [test && { id: "test", name: "Test pictures", make: () => test },
    pen && { id: "draw", name: "Draw", make: () => ({ element: drawing(pen, give) }) }].filter(Boolean);
  if (!pages.length) return [];
  const tabs = new Tabs("Pictures to try", pages);
  tabs.open(pages[0].id);
  return [tabs.element];
}

const none = () => h("div", {}, h("h1", {}, "Try it"),
  h("p", { class: "empty" }, "No model has been trained yet. ", h("a", { href: "#/new" }, "Train one first.")));

/** How pictures are drawn for a model that sees gray ones; null where colours matter. */
async function penFor({ channels, dataset, preprocessing, image_size }, signal) {
  if (channels !== 1) return null;
  if (!dataset.id) return { size: Math.min(28, image_size), isLightOnDark: true }; // all built-in gray sets are MNIST's kin
  const own = await get(`/datasets/${dataset.id}`, {}, signal).catch(() => null);
  return { size: preprocessing.fit?.size ?? image_size, isLightOnDark: !own?.mean || own.mean[0] < 0.5 };
}
