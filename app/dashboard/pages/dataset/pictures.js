// The pictures of a data set as trainers see them.

import { h } from "../../parts/element.js";
import { pictured } from "../../parts/gallery.js";
import { get } from "../../service/api.js";

const PAGE = 48; // pictures

/** { element, pick(label) }. */
export function pictures(dataset, signal) {
  const grid = h("ul", { class: "gallery small" });
  const empty = h("p", { class: "empty", hidden: true }, "There is no such picture.");
  const more = h("button", { type: "button", onclick: () => add().catch(refused) }, "More");
  const split = choice(Object.keys(dataset.images).filter((name) => dataset.images[name]), begin);
  const label = choice(dataset.classes, begin);
  let [after, turn] = [null, 0];

  async function add() {
    const mine = turn;
    more.disabled = true;
    try {
      const page = await get(`/datasets/${dataset.id}/samples`, { split: split.value, label: label.value, limit: PAGE, after }, signal);
      if (mine !== turn) return;
      grid.append(...page.data.map((each) => pictured({ ...each, alt: each.label, text: each.label, title: each.path }, signal)));
      after = page.next_after;
      [more.hidden, empty.hidden] = [!page.has_more, grid.children.length > 0];
    } finally {
      more.disabled = false;
    }
  }

  function begin() {
    [after, turn] = [null, turn + 1];
    grid.replaceChildren();
    return add().catch(refused);
  }

  function refused(error) {
    if (error.name === "AbortError") return;
    empty.hidden = false;
    empty.replaceChildren(error.message);
  }

  function pick(name) {
    label.value = name;
    begin();
    element.scrollIntoView({ block: "start" });
    label.focus({ preventScroll: true });
  }

  begin();
  const element = h("section", { class: "card" }, h("h2", {}, "Pictures"),
    h("div", { class: "filters" }, h("label", {}, "Split", split), h("label", {}, "Class", label)), grid, empty, more);
  return { element, pick };
}

const choice = (values, onchange) => h("select", { onchange }, h("option", { value: "" }, "all"),
  values.map((value) => h("option", { value }, value)));
