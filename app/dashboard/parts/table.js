// Tables: columns said once, rows that can be put into another order.

import { h } from "./element.js";

/**
 * Columns are { name, of, by, isNumber }: `of(row)` is what a cell shows, `by(row)` what its column is ordered by if it can be.
 * What an order lacks stays last.
 */
export function table(columns, rows, caption) {
  const body = h("tbody");
  const heads = columns.map((column) => h("th", { scope: "col", class: column.isNumber && "number" }, column.by ? orderer(column) : column.name));

  function orderer(column) {
    return h("button", { class: "quiet order", type: "button", onclick: () => order(column) }, column.name);
  }

  function order(column) {
    const head = heads[columns.indexOf(column)];
    const isDown = head.ariaSort ? head.ariaSort === "ascending" : Boolean(column.isNumber); // the largest first, names from a to z
    heads.forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
    fill([...rows].sort((one, other) => compare(column.by(one), column.by(other), isDown ? -1 : 1)));
  }

  const fill = (ordered) => body.replaceChildren(...ordered.map((row) =>
    h("tr", {}, columns.map(({ of, isNumber }) => h("td", { class: isNumber && "number" }, of(row))))));
  fill(rows);
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "unseen" }, caption), h("thead", {}, h("tr", {}, heads)), body));
}

function compare(one, other, sign) {
  const isMissing = [one, other].map((value) => value === null || value === undefined);
  if (isMissing[0] || isMissing[1]) return isMissing[0] - isMissing[1];
  return sign * (typeof one === "string" ? one.localeCompare(other) : one - other);
}

/** A share as a bar with its figure. */
export function bar(share, text, kind = "") {
  const fill = h("span", { class: `fill ${kind}` });
  fill.style.width = `${100 * (share ?? 0)}%`;
  return h("span", { class: "bar" }, h("span", { class: "track" }, fill), h("span", {}, text));
}
