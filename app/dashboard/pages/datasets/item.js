// A data set of one's own in the list.

import { h, tell } from "../../parts/element.js";
import { ago, bytes, count } from "../../parts/format.js";
import { thumbnail } from "../../parts/thumbnail.js";
import { get } from "../../service/api.js";
import { imagesOf, pageOf, titleOf, trainOn } from "../../service/datasets.js";
import { progress } from "../dataset/progress.js";

const SHOWN = 6; // classes of which a picture is shown

/** { element, update(dataset) }. */
export function item(first, signal) {
  const parts = { state: h("span", { class: "state" }), what: h("span", { class: "faint" }), file: h("span", { class: "faint" }), error: h("p", { class: "error" }) };
  const name = h("a", { class: "name", href: pageOf(first) }, titleOf(first));
  const far = progress();
  const pictures = h("div", { class: "strip" });
  const train = h("a", { class: "button quiet" }, "Train on it");
  let isShown = false;

  function update(dataset) {
    const { state, classes, image_size, channels, images, upload } = dataset;
    parts.state.className = `state ${state}`;
    tell(parts.state, state);
    const splits = images && Object.entries(images).filter(([, size]) => size).map(([split, size]) => `${split} ${count(size)}`).join(", ");
    tell(parts.what, images ? `${count(imagesOf(dataset))} pictures (${splits}) · ${count(classes.length)} classes · ${image_size} × ${image_size} ${channels === 1 ? "gray" : "colour"}` : "");
    tell(parts.file, `${upload.filename} · ${bytes(upload.bytes)} · ${ago(dataset.created_at)}`);
    tell(parts.error, dataset.error?.message ?? "");
    tell(name, titleOf(dataset));
    [name.href, train.href, train.hidden] = [pageOf(dataset), trainOn(titleOf(dataset)), state !== "ready"];
    far.update(dataset);
    if (state === "ready" && !isShown) {
      isShown = true;
      show(dataset).catch(() => (isShown = false));
    }
  }

  async function show({ id, classes }) {
    const pages = await Promise.all(classes.slice(0, SHOWN).map((label) => get(`/datasets/${id}/samples`, { label, limit: 1 }, signal)));
    pictures.replaceChildren(...pages.flatMap(({ data }) => data).map(({ image, label }) => thumbnail(image, label, signal)));
  }

  const element = h("li", { class: "card dataset" }, h("div", { class: "what" }, h("div", { class: "row" }, name, parts.state), parts.what, parts.file, parts.error, far.element),
    pictures, train);
  return { element, update };
}
