// The rest of what is known of a data set: figures, where it came from, how it was prepared.

import { h } from "../../parts/element.js";
import { figures } from "../../parts/figures.js";
import { ago, bytes, count, figure, title } from "../../parts/format.js";

/** An element; `others` are names of the versions beside it. */
export function facts({ upload, created_at, preparation, mean, deviation, sha256, id, names }, sizes, others) {
  const known = figures({
    Mean: mean && triple(mean), Deviation: deviation && triple(deviation),
    Originals: sizes?.width && `${spread(sizes.width)} wide, ${spread(sizes.height)} high`,
    Sent: `${upload.filename}, ${bytes(upload.bytes)}, ${ago(created_at)}`,
    Names: names.length > 1 && names.join(", "), "Other versions": others.length > 0 && others.map(version),
    Prepared: Object.entries(preparation).filter(([, value]) => value !== null).map(([name, value]) => `${title(name).toLowerCase()} ${value}`).join(", "),
    Id: h("span", { class: "mono" }, id), "SHA-256": sha256 && h("span", { class: "mono" }, sha256),
  }, "flow");
  return h("section", { class: "card" }, h("h2", {}, "Facts"), known, sizes?.shorter_side && histogram(sizes.shorter_side));
}

const triple = (values) => values.map((value) => figure(Number(value.toFixed(3)))).join(", ");
const version = (name) => [h("a", { href: `#/datasets/${encodeURIComponent(name)}` }, name), " "];
const spread = ({ min, median, max }) => (min === max ? `${count(min)} px` : `${count(min)} to ${count(max)}, half below ${count(median)} px`);

/** Of the originals' shorter sides. */
function histogram(bins) {
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const column = ({ from, count: number }, place) => {
    const bar = h("span", { class: "column" });
    bar.style.height = `${(100 * number) / most}%`;
    const to = bins[place + 1]?.from;
    return h("li", { title: `${count(number)} pictures` }, h("span", { class: "share" }, number ? count(number) : ""), bar,
      h("span", { class: "faint" }, to ? `<\u00a0${to}` : `≥\u00a0${from}`));
  };
  return h("figure", { class: "histogram" }, h("figcaption", { class: "faint" }, "Shorter sides of the originals, pixels"),
    h("ol", {}, bins.map(column)));
}
