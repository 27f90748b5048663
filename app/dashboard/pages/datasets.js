// Data sets: one's own, those that everybody has, and a place to send pictures to.

import { h, Keyed } from "../parts/element.js";
import { count } from "../parts/format.js";
import { get } from "../service/api.js";
import { isFinal, trainOn } from "../service/datasets.js";
import { pause, repeat } from "../service/live.js";
import { item } from "./datasets/item.js";
import { upload } from "./datasets/upload.js";

const [SOON, LATER, PAGE] = [1, 5, 50]; // seconds between looks, while something is prepared and else; sets

export async function page(_, signal) {
  const list = h("ul", { class: "jobs", "aria-label": "Your own data sets" });
  const empty = h("p", { class: "empty" }, "None yet: choose an archive of pictures, a folder for each class.");
  const more = h("button", { hidden: true, onclick: () => look((shown += PAGE)) }, "Show more");
  const given = h("tbody");
  const rows = new Keyed(list, ({ id }) => id, (dataset) => item(dataset, signal));
  let shown = PAGE;
  let isBusy = false;

  async function look() {
    const { data, built_in, has_more } = await get("/datasets", { limit: Math.min(200, shown) }, signal);
    rows.show(data);
    isBusy = data.some((dataset) => !isFinal(dataset));
    [empty.hidden, more.hidden] = [data.length > 0, !has_more || shown >= 200];
    if (!given.children.length) given.append(...built_in.map(builtIn));
  }

  await look();
  repeat(async () => {
    await pause(isBusy ? SOON : LATER, signal);
    if (!signal.aborted) await look();
  }, 0, signal);
  const everybody = h("section", { class: "card given" }, h("h2", {}, "Built in"), h("div", { class: "scroll" }, h("table", {},
    h("thead", {}, h("tr", {}, h("th", {}, "Name"), h("th", { class: "number" }, "Pictures"), h("th", { class: "number" }, "Classes"), h("th", {}, "Size"), h("th", {}, "Here"), h("th", {}))), given)));
  const own = h("section", { class: "own" }, h("h2", {}, "Your own"), list, empty, more);
  return { title: "Data sets", element: h("div", { class: "sets-page" }, h("h1", {}, "Data sets"),
    h("div", { class: "sets" }, own, await upload(look, signal), everybody)) };
}

const builtIn = ({ name, channels, image_size, classes, train_images, test_images, present }) => h("tr", {}, h("th", { scope: "row" }, h("a", { href: `#/datasets/${name}` }, name)),
  h("td", { class: "number" }, count(train_images + test_images)), h("td", { class: "number" }, count(classes)),
  h("td", {}, `${image_size} × ${image_size} ${channels === 1 ? "gray" : "colour"}`), h("td", { class: present ? "" : "faint" }, present ? "yes" : "downloaded on first use"),
  h("td", {}, h("a", { href: trainOn(name) }, "Train on it")));
