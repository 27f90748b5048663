// Which class is taken for which, as a map: what is right is green, mistakes are red, the more the stronger. Of very many
// classes, as a list.

import { h, tell } from "../../parts/element.js";
import { count, percent } from "../../parts/format.js";

const MANY = 20; // classes, from where on there is no room for numbers

const MOST = 100; // classes of a map: a browser is a minute over a thousand squared
const LISTED = 30; // confusions

export function confusion({ classes, confusion_matrix: rows }) {
  const names = classes.map(({ label }) => label);
  return names.length > MOST ? list(names, rows) : map(names, rows);
}

/** The most frequent mistakes. */
function list(names, rows) {
  const mistakes = rows.flatMap((row, truth) => row.flatMap((number, taken) => (number && taken !== truth ? [{ truth, taken, number }] : [])));
  const most = mistakes.sort((one, other) => other.number - one.number).slice(0, LISTED);
  return most.length ? h("ol", {}, most.map(({ truth, taken }) => h("li", {}, sentence(names, rows, truth, taken)))) : h("p", { class: "empty" }, "Nothing.");
}

function map(names, rows) {
  const said = h("p", { class: "said", role: "status" }, "Point at a cell, or move with the arrow keys.");
  const cells = rows.map((row, truth) => {
    const all = Math.max(1, sum(row));
    return row.map((number, taken) => cell(number / all, number, truth === taken));
  });
  cells[0][0].tabIndex = 0;

  const read = ({ target }) => {
    const found = placeOf(target);
    if (found) tell(said, sentence(names, rows, ...found));
  };

  function press(event) {
    const found = placeOf(event.target);
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const next = found && by && cells[found[0] + by[0]]?.[found[1] + by[1]];
    if (!next) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  const placeOf = (target) => {
    const truth = cells.findIndex((row) => row.includes(target));
    return truth < 0 ? null : [truth, cells[truth].indexOf(target)];
  };
  const isSmall = names.length > MANY;
  const head = h("tr", {}, h("th", { class: "corner" }, "true ↓ taken for →"),
    names.map((name) => h("th", { scope: "col", title: name }, h("span", {}, name))));
  const body = cells.map((row, truth) => h("tr", {}, h("th", { scope: "row", title: names[truth] }, names[truth]), row));
  const grid = h("table", { class: `confusion ${isSmall ? "small" : ""}`, role: "grid",
    "aria-label": "Rows are the true classes, columns what was predicted", onmouseover: read, onkeydown: press },
    h("thead", {}, head), h("tbody", {}, body));
  grid.addEventListener("focusin", read);
  return h("div", {}, h("div", { class: "scroll" }, grid), said);
}

const sum = (row) => row.reduce((all, number) => all + number, 0);

function cell(share, number, isRight) {
  const made = h("td", { class: isRight ? "right" : "wrong", tabindex: -1 }, number ? String(number) : "");
  made.style.setProperty("--share", `${Math.round(100 * Math.sqrt(share))}%`); // a few mistakes are to be seen as well
  return made;
}

function sentence(names, rows, truth, taken) {
  const share = percent(rows[truth][taken] / Math.max(1, sum(rows[truth])));
  const what = truth === taken ? `${names[truth]} recognised` : `${names[truth]} taken for ${names[taken]}`;
  return `${what}: ${count(rows[truth][taken])} (${share} of its images)`;
}
