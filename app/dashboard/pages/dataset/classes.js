// How many pictures each class has.

import { h } from "../../parts/element.js";
import { count, figure } from "../../parts/format.js";

const SHOWN = 40; // classes at first
const SPLITS = ["train", "validation", "test"];

/** An element; `onpick(label)` when a class is to be looked at. */
export function classes(dataset, onpick) {
  const total = (place) => SPLITS.reduce((sum, split) => sum + dataset.class_images[split][place], 0);
  const totals = dataset.classes.map((_, place) => total(place));
  const most = Math.max(1, ...totals);
  const splits = SPLITS.filter((split) => dataset.images[split]);
  const row = (label, place) => h("li", {},
    h("button", { type: "button", onclick: () => onpick(label), title: `Look at ${label}` }, h("span", { class: "label" }, label),
    h("span", { class: "track" }, splits.map((split) => part(split, dataset.class_images[split][place], most))),
      h("span", { class: "share" }, count(totals[place]))));
  const list = h("ol", { class: "balance" }, dataset.classes.slice(0, SHOWN).map(row));
  const rest = dataset.classes.length - SHOWN;
  const more = h("button", { type: "button", class: "quiet", hidden: rest <= 0, onclick: () => {
    list.append(...dataset.classes.slice(SHOWN).map((label, place) => row(label, place + SHOWN)));
    more.hidden = true;
  } }, `${count(rest)} more`);
  const ratio = most / Math.max(1, Math.min(...totals));
  return h("section", { class: "card" }, h("h2", {}, `${count(dataset.classes.length)} classes`),
    h("p", { class: "splits" }, splits.map((split) => h("span", { class: split }, `${split} ${count(dataset.images[split])}`))),
    list, more, h("p", { class: "faint" },
      ratio < 1.05 ? "All classes have as many pictures." : `The largest class has ${figure(Number(ratio.toPrecision(2)))} times the pictures of the smallest.`));
}

function part(split, images, most) {
  const element = h("span", { class: split, title: `${split} ${count(images)}` });
  element.style.width = `${((100 * images) / most).toFixed(2)}%`;
  return element;
}
