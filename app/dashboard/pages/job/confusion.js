// Which class is taken for which, as a map: what is right is green, mistakes are red, the more the stronger.

import { h, tell } from "../../parts/element.js";
import { count, percent } from "../../parts/format.js";

const MANY = 20; // classes, from where on there is no room for numbers

export function confusion({ classes, confusion_matrix: rows }) {
  const names = classes.map(({ label }) => label);
  const said = h("p", { class: "said", role: "status" }, "Point at a cell, or move with the arrow keys.");
  const cells = rows.map((row, truth) => row.map((number, taken) => cell(number / Math.max(1, sum(row)), number, truth === taken)));
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
  const map = h("table", { class: `confusion ${isSmall ? "small" : ""}`, role: "grid",
    "aria-label": "Rows are the true classes, columns what was predicted", onmouseover: read, onkeydown: press },
    h("thead", {}, head), h("tbody", {}, body));
  map.addEventListener("focusin", read);
  return h("div", {}, h("div", { class: "scroll" }, map), said);
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
