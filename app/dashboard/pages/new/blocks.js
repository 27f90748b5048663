// The blocks as cards, in the order that an image goes through them: typed into, added, moved, removed; by mouse and by keys.

import { h, tell } from "../../parts/element.js";
import { count } from "../../parts/format.js";
import { block, pair } from "../../parts/notation.js";
import { card } from "./card.js";
import { drawing } from "./map.js";

const MOST_PROPOSED = 512; // channels of a new block: twice the last one's up to here

/**
 * `get()` gives the blocks as they stand, `set(blocks)` changes them. Of what a spec has beyond `maxItems`, for which there is
 * no network, only the number is shown: cards for thousands of blocks would hold the page up for seconds.
 */
export function blocks(form, { items, maxItems }, get, set) {
  const news = h("span", { class: "unseen", role: "status" });
  const add = h("button", { type: "button", class: "add", onclick: append }, "+ Block");
  const [first, end] = [drawing("Image"), drawing("Classes")];
  const rest = h("li", { class: "rest faint", hidden: true });
  const last = h("li", { class: "last" }, add);
  const list = h("ol", { class: "blocks", "aria-label": "From the image to the classes" }, first.element, rest, last, end.element);
  const cards = [];
  let dragged = null;

  const change = (place, name, value) => set(get().map((each, n) => (n === place ? pair({ ...block(each), [name]: value }) : each)));

  function append() {
    const { channels } = block(get().at(-1));
    set([...get(), [1, Number.isInteger(channels) ? Math.min(MOST_PROPOSED, channels * 2) : 32]]);
    (cards[get().length - 1] ?? add).focus();
  }

  function remove(place) {
    set(get().filter((_, n) => n !== place));
    tell(news, `Block ${place + 1} removed, ${get().length} left`);
    (cards[Math.min(place, cards.length - 1)] ?? { focus: () => add.focus() }).focus();
  }

  function move(from, to, direction) {
    if (from === to || to < 0 || to >= cards.length) return;
    const all = [...get()];
    all.splice(to, 0, ...all.splice(from, 1));
    set(all);
    tell(news, `Block ${from + 1} is now block ${to + 1} of ${all.length}`);
    cards[to].focus(direction);
  }

  const moves = { change, move, remove, drag: (place) => (dragged = place), drop: (place) => dragged !== null && move(dragged, place) };

  function update() {
    const all = get();
    const shown = all.slice(0, maxItems);
    while (cards.length > shown.length) cards.pop().element.remove();
    while (cards.length < shown.length) {
      cards.push(card(form, items, cards.length, moves));
      rest.before(cards.at(-1).element);
    }
    shown.forEach((each, place) => cards[place].update(block(each), shown.length));
    rest.hidden = shown.length === all.length;
    tell(rest, `and ${count(all.length - shown.length)} more, not drawn`);
  }

  /** Draws how large the maps are on their way from an image of this shape; a bill of null leaves what was drawn, faded. */
  function draw(bill, image) {
    list.classList.toggle("stale", !bill);
    if (!bill || !image) return;
    const outputs = (start) => bill.layers.filter(({ name }) => name.startsWith(start)).map(({ output }) => output);
    first.draw(image, image[1]);
    cards.forEach((each, place) => each.draw(outputs(`features.${place}.`).at(-1), image[1]));
    end.draw(bill.layers.at(-1).output, image[1]);
  }

  return { element: h("div", { class: "row-of-blocks" }, list, news), update, draw };
}
