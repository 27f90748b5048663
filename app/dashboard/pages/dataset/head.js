// How a data set stands, and what can be done with it.

import { h, tell } from "../../parts/element.js";
import { count } from "../../parts/format.js";
import { become, state } from "../../parts/state.js";
import { cancel, imagesOf, isFinal, remove, shapeOf, titleOf, trainOn } from "../../service/datasets.js";
import { progress } from "./progress.js";

/** { element, update(dataset), fail(error) }. */
export function head(first) {
  let [dataset, offered] = [first, ""];
  const word = state();
  const what = h("p", { class: "faint" });
  const far = progress();
  const failure = h("p", { class: "error", role: "alert" });
  const moves = h("div", { class: "row" });
  const fail = (error) => tell(failure, error.message);

  async function act(work, after = () => null) {
    tell(failure, "");
    try {
      if ((await work(dataset)) !== false) after();
    } catch (error) {
      fail(error);
    }
  }

  function offer() {
    if (dataset.state === offered) return;
    offered = dataset.state;
    const train = h("a", { class: "button primary", href: trainOn(titleOf(dataset)) }, "Train on it");
    const drop = h("button", { class: "danger", onclick: () => act(remove, () => (location.hash = "#/datasets")) }, "Delete");
    const stop = h("button", { onclick: () => act(cancel) }, "Cancel");
    moves.replaceChildren(...(!isFinal(dataset) ? [stop] : dataset.state === "ready" ? [train, drop] : [drop]));
  }

  function update(now) {
    dataset = now;
    become(word, dataset.state);
    tell(what, dataset.images ? `${count(imagesOf(dataset))} pictures · ${shapeOf(dataset)}` : "");
    if (dataset.error) fail(dataset.error);
    far.update(dataset);
    offer();
  }

  update(first);
  return { element: h("header", {}, heading(titleOf(first), word, moves), what, failure, far.element), update, fail };
}

/** The way back, the name, how it stands, what can be done. */
export const heading = (title, word, ...moves) => [h("p", { class: "back" }, h("a", { href: "#/datasets" }, "‹ Data sets")),
  h("div", { class: "row" }, h("h1", {}, title), word, h("span", { class: "grow" }), moves)];
