// A data set of one's own in the list.

import { h, tell } from "../../parts/element.js";
import { ago, bytes, count } from "../../parts/format.js";
import { become, state } from "../../parts/state.js";
import { thumbnail } from "../../parts/thumbnail.js";
import { get } from "../../service/api.js";
import { imagesOf, pageOf, shapeOf, titleOf, trainOn } from "../../service/datasets.js";
import { progress } from "../dataset/progress.js";

const SHOWN = 6; // classes of which a picture is shown

/** { element, update(dataset) }. */
export function item(first, signal) {
  const name = h("a", { class: "name" });
  const [what, file, error] = [h("span", { class: "faint" }), h("span", { class: "faint" }), h("p", { class: "error" })];
  const train = h("a", { class: "button quiet" }, "Train on it");
  const [word, far, pictures] = [state(), progress(), strip(signal)];

  function update(dataset) {
    become(word, dataset.state);
    tell(name, titleOf(dataset));
    tell(what, contents(dataset));
    tell(file, `${dataset.upload.filename} · ${bytes(dataset.upload.bytes)} · ${ago(dataset.created_at)}`);
    tell(error, dataset.error?.message ?? "");
    [name.href, train.href, train.hidden] = [pageOf(dataset), trainOn(titleOf(dataset)), dataset.state !== "ready"];
    far.update(dataset);
    pictures.update(dataset);
  }

  const element = h("li", { class: "card dataset" },
    h("div", { class: "what" }, h("div", { class: "row" }, name, word), what, file, error, far.element), pictures.element, train);
  return { element, update };
}

function contents(dataset) {
  if (!dataset.images) return "";
  const splits = Object.entries(dataset.images).filter(([, size]) => size).map(([split, size]) => `${split} ${count(size)}`).join(", ");
  return `${count(imagesOf(dataset))} pictures (${splits}) · ${count(dataset.classes.length)} classes · ${shapeOf(dataset)}`;
}

/** A picture of each of the first classes, once they are there. */
function strip(signal) {
  const element = h("div", { class: "strip" });
  let isShown = false;

  async function show({ id, classes }) {
    const pages = await Promise.all(classes.slice(0, SHOWN).map((label) => get(`/datasets/${id}/samples`, { label, limit: 1 }, signal)));
    element.replaceChildren(...pages.flatMap(({ data }) => data).map(({ image, label }) => thumbnail(image, label, signal)));
  }

  function update(dataset) {
    if (isShown || dataset.state !== "ready") return;
    isShown = true;
    show(dataset).catch(() => (isShown = false));
  }
  return { element, update };
}
