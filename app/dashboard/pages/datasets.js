// Data sets: one's own, those that everybody has, and a place to send pictures to.

import { h, Keyed } from "../parts/element.js";
import { count } from "../parts/format.js";
import { table } from "../parts/table.js";
import { get } from "../service/api.js";
import { isFinal, shapeOf, trainOn } from "../service/datasets.js";
import { pause, repeat } from "../service/live.js";
import { item } from "./datasets/item.js";
import { upload } from "./datasets/upload.js";

const [SOON, LATER] = [1, 5]; // seconds between looks, while something is prepared and else
const [PAGE, MOST] = [50, 200]; // sets that are shown at first; that the API gives at once

const BUILT_IN = [
  { name: "Name", of: ({ name }) => h("a", { href: `#/datasets/${name}` }, name) },
  { name: "Pictures", of: ({ train_images, test_images }) => count(train_images + test_images), isNumber: true },
  { name: "Classes", of: ({ classes }) => count(classes), isNumber: true },
  { name: "Size", of: shapeOf },
  { name: "Here", of: ({ present }) => (present ? "yes" : h("span", { class: "faint" }, "downloaded on first use")) },
  { name: "", of: ({ name }) => h("a", { href: trainOn(name), "aria-label": `Train on ${name}` }, "Train on it") },
];

export async function page(_, signal) {
  const list = h("ul", { class: "cards", "aria-label": "Your own data sets" });
  const empty = h("p", { class: "empty" }, "None yet: choose an archive of pictures, a folder for each class.");
  const more = h("button", { hidden: true, onclick: () => lookSoon((shown += PAGE)) }, "Show more");
  const given = h("div");
  const rows = new Keyed(list, ({ id }) => id, (dataset) => item(dataset, signal));
  let [shown, isBusy] = [PAGE, false];

  async function look() {
    const { data, built_in, has_more } = await get("/datasets", { limit: Math.min(MOST, shown) }, signal);
    rows.show(data);
    isBusy = data.some((dataset) => !isFinal(dataset));
    [empty.hidden, more.hidden] = [data.length > 0, !has_more || shown >= MOST];
    if (!given.children.length) given.append(table(BUILT_IN, built_in, "Built-in data sets"));
  }

  const lookSoon = () => look().catch(() => null); // while the server is away, the next look will do

  await look();
  repeat(async () => {
    await pause(isBusy ? SOON : LATER, signal);
    if (!signal.aborted) await look();
  }, 0, signal);
  const own = h("section", { class: "own" }, h("h2", {}, "Your own"), list, empty, more);
  const everybody = h("section", { class: "card given" }, h("h2", {}, "Built in"), given);
  return { title: "Data sets",
    element: h("div", {}, h("h1", {}, "Data sets"), h("div", { class: "sets" }, own, await upload(lookSoon, signal), everybody)) };
}
