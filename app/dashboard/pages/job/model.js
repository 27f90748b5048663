// The model that a job left: to try, to name, to take away.

import { h } from "../../parts/element.js";
import { figures } from "../../parts/figures.js";
import { bytes, count } from "../../parts/format.js";
import { get } from "../../service/api.js";
import { aliases } from "./aliases.js";
import { exports } from "./exports.js";
import { finished } from "./finished.js";

export const model = (first, signal) => finished(first, async (job) => partsOf(await get(`/models/${job.id}`, {}, signal), signal),
  ({ state }) => `The job is ${state}: there is a model when it has trained.`, signal);

const partsOf = (found, signal) => [
  h("div", { class: "row" }, h("a", { class: "button primary", href: `#/try?model=${found.job_id}` }, "Try it on pictures"),
    h("span", { class: "faint mono" }, found.job_id)),
  figures({ Parameters: count(found.parameters), Size: bytes(found.bytes),
    Input: [found.channels, found.image_size, found.image_size].join(" × "), Classes: count(found.classes.length),
    "SHA-256": h("span", { class: "mono" }, found.sha256.slice(0, 12)) }),
  h("div", { class: "columns" }, h("section", {}, h("h2", {}, "Names"), aliases(found)),
    h("section", {}, h("h2", {}, "Files for other programs"), exports(found, signal))),
];
