// The rest of what is known of a data set: figures, where it came from, how it was prepared.

import { h } from "../../parts/element.js";
import { ago, bytes, count, figure } from "../../parts/format.js";

/** An element; `others` are names of the versions beside it. */
export function facts(dataset, sizes, others) {
  const { upload, preparation, mean, deviation, sha256, id, names } = dataset;
  const fact = (name, ...value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  const triple = (values) => values.map((value) => figure(Number(value.toFixed(3)))).join(", ");
  const version = (name) => h("a", { href: `#/datasets/${encodeURIComponent(name)}` }, name);
  return h("section", { class: "card" }, h("h2", {}, "Facts"), h("dl", { class: "known" },
    mean && fact("Mean", triple(mean)), deviation && fact("Deviation", triple(deviation)),
    fact("Sent", `${upload.filename}, ${bytes(upload.bytes)}, ${ago(dataset.created_at)}`),
    sizes?.width && fact("Originals", `${spread(sizes.width)} wide, ${spread(sizes.height)} high`),
    names.length > 1 && fact("Names", names.join(", ")), others.length > 0 && fact("Other versions", others.flatMap((name) => [version(name), " "])),
    fact("Prepared", Object.entries(preparation).filter(([, value]) => value !== null).map(([name, value]) => `${name} ${value}`).join(", ")),
    fact("Id", h("span", { class: "mono" }, id)), sha256 && fact("SHA-256", h("span", { class: "mono" }, sha256))), sizes?.shorter_side && histogram(sizes.shorter_side));
}

const spread = ({ min, median, max }) => (min === max ? `${count(min)} px` : `${count(min)} to ${count(max)}, half below ${count(median)} px`);

/** Of the originals' shorter sides. */
function histogram(bins) {
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const column = ({ from, count: number }, place) => {
    const bar = h("span", { class: "column" });
    bar.style.height = `${(100 * number) / most}%`;
    const to = bins[place + 1]?.from;
    return h("li", { title: `${count(number)} pictures` }, h("span", { class: "share" }, number ? count(number) : ""), bar, h("span", { class: "faint" }, to ? `< ${to}` : `≥ ${from}`));
  };
  return h("figure", { class: "histogram" }, h("figcaption", { class: "faint" }, "Shorter sides of the originals, pixels"), h("ol", {}, bins.map(column)));
}
