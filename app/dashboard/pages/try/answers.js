// The pictures that were handed over last, and what is said of them.

import { h, Keyed, tell } from "../../parts/element.js";
import { card } from "./card.js";

const sureness = ({ answer }) => answer?.top_k[0].probability ?? 2; // those without an answer last
const ORDERS = {
  "as given": null,
  "least sure first": (one, other) => sureness(one) - sureness(other),
  "most unusual first": (one, other) => (other.answer?.ood ?? -1) - (one.answer?.ood ?? -1),
};

/** { element, show(pictures), ask(), judge(), isEmpty }; `asked` as cards take it. */
export function answers(asked, signal) {
  const list = h("div", { class: "answers" });
  const score = h("p", { class: "score", role: "status" });
  const order = h("select", { onchange: arrange }, Object.keys(ORDERS).map((value) => h("option", { value }, value)));
  const bar = h("div", { class: "row", hidden: true }, score, h("span", { class: "grow" }), h("label", { class: "inline" }, "Order", order),
    h("button", { type: "button", class: "quiet", onclick: () => show([]) }, "Clear"));
  const empty = h("div", { class: "empty nothing" }, h("p", {}, "What the model sees is shown here."),
    h("p", {}, "Drop pictures anywhere on this page, paste one, or pick one."));
  let [pictures, cards] = [[], new Map()];
  const rows = new Keyed(list, ({ key }) => key, (picture) => {
    const made = card(picture, { asked, onanswer, onremove: () => show(pictures.filter(({ key }) => key !== picture.key)) }, signal);
    cards.set(picture.key, made);
    return made;
  });

  function show(now) {
    pictures = now;
    cards = new Map([...cards].filter(([key]) => now.some((each) => each.key === key)));
    rows.show(now);
    list.classList.toggle("single", now.length === 1);
    bar.hidden = now.length < 2;
    empty.hidden = now.length > 0;
    onanswer();
  }

  function onanswer() {
    const known = [...cards.values()].filter(({ verdict }) => verdict);
    const [right, unsure] = ["right", "abstained"].map((kind) => known.filter(({ verdict }) => verdict === kind).length);
    const done = [...cards.values()].filter(({ answer, error }) => answer || error).length;
    tell(score, [`${done} of ${cards.size} answered`, known.length && `${right} of ${known.length} right`,
      unsure && `${unsure} not sure enough`].filter(Boolean).join(" · "));
    if (done === cards.size) arrange();
  }

  function arrange() {
    const compare = ORDERS[order.value];
    const sorted = compare ? [...pictures].sort((one, other) => compare(cards.get(one.key), cards.get(other.key))) : pictures;
    rows.show(sorted);
  }

  const each = (name) => () => cards.forEach((made) => made[name]());
  return { element: h("section", { "aria-label": "Answers" }, bar, list, empty), show, ask: each("ask"), judge: each("judge"),
    isEmpty: () => !pictures.length };
}
