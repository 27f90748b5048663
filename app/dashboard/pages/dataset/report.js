// What was wrong with an upload, the worst first; and labels that are likely wrong.

import { h } from "../../parts/element.js";
import { count, figure, title } from "../../parts/format.js";
import { gallery, pictured } from "../../parts/gallery.js";
import { state } from "../../parts/state.js";
import { get } from "../../service/api.js";

const SEVERITIES = ["error", "warning", "note"];
const [GROUPS, OF_EACH, SUSPECTS] = [10, 12, 24]; // that are shown with their pictures

/** An element of `GET /datasets/{name}/report`. */
export function report(found, signal) {
  const { counts, findings, left_out, ignored = [], notes = [], suspects } = found;
  const sorted = [...findings].sort((one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity));
  const said = `${count(counts.samples)} pictures came: ${count(counts.used)} are used, ${count(counts.left_out)} left out.`;
  const nothing = !findings.length && !left_out.length && h("p", { class: "good" }, "✓ Nothing is wrong with them.");
  return h("section", { class: "card report" }, h("h2", {}, "What was found"), h("p", {}, said), notes.map((note) => h("p", {}, note)), nothing,
    left_out.map((each) => fold("left out", title(each.code), each.count, each.message, files(each.files, each.count))),
    sorted.map((each) => fold(each.severity, title(each.code), each.count, each.message, ...about(each, found.dataset, signal))),
    ignored.length > 0 && fold("ignored", "Other files", counts.ignored, "They are no part of the data set.", files(ignored, counts.ignored)),
    suspects?.data.length > 0 && likelyWrong(suspects, signal));
}

/** What can be opened. `content` is elements, or a function that gives them when it is opened first. */
function fold(kind, name, number, message, content) {
  const inside = h("div", { class: "inside" }, h("p", {}, message));
  const element = h("details", {},
    h("summary", {}, state(kind), h("span", { class: "title" }, name), h("span", { class: "faint" }, count(number))), inside);
  if (typeof content === "function") element.addEventListener("toggle",
    () => content().then((parts) => inside.append(parts), (error) => inside.append(error.message)), { once: true });
  else inside.append(content);
  return element;
}

function about({ groups, examples, count: all }, dataset, signal) {
  if (!groups.length) return [list(examples.map((path) => [path]), all)];
  return [async () => {
    const shown = await Promise.all(groups.slice(0, GROUPS).map((paths) => group(paths.slice(0, OF_EACH), dataset, signal)));
    return h("div", { class: "stack" }, shown, rest(all - shown.length, "groups"));
  }];
}

/** The pictures of some files; those that were left out are named only. */
async function group(paths, dataset, signal) {
  const { data } = await get(`/datasets/${dataset}/samples`, { path: paths }, signal);
  const row = new Map(data.map((each) => [each.path, each]));
  return h("ul", { class: "gallery small same" }, paths.map((path) => {
    const each = row.get(path);
    return pictured({ image: each?.image, alt: each?.label,
      text: each ? `${each.label} · ${each.split}` : h("span", { class: "mono" }, path), title: path }, signal);
  }));
}

const files = (found, all) => list(found.map(({ path, message }) => [path, message]), all);

function list(rows, all) {
  return h("div", {}, h("ul", { class: "files" },
    rows.map(([path, message]) => h("li", {}, h("span", { class: "mono" }, path), message && h("span", { class: "faint" }, message)))),
    rest(all - rows.length, "files"));
}

const rest = (number, what) => (number > 0 ? h("p", { class: "faint" }, `and ${count(number)} more ${what}`) : null);

function likelyWrong({ job, data }, signal) {
  const shown = data.slice(0, SUSPECTS);
  return h("details", { open: true }, h("summary", {}, h("span", { class: "state warning" }, "labels"),
    h("span", { class: "title" }, "Labels that may be wrong"), h("span", { class: "faint" }, count(data.length))),
    h("div", { class: "inside" }, h("p", {}, "Hard to learn for ",
      h("a", { href: `#/jobs/${job}` }, "the newest job that was trained on them"),
      ", the hardest first: look whether their classes are right."),
      gallery(shown.map(suspect), signal),
      rest(data.length - shown.length, "pictures")));
}

const suspect = ({ image, path, label, predicted, loss }) => ({
  image, alt: label, text: [h("b", {}, label), predicted !== label && ` looks like ${predicted}`], title: `${path}, mean loss ${figure(loss)}`,
});
