// How far a preparation is.

import { h, tell } from "../../parts/element.js";
import { count, left } from "../../parts/format.js";
import { progressBar } from "../../parts/progress.js";
import { isFinal } from "../../service/datasets.js";

/** { element, update(dataset) }; hidden when there is nothing to wait for. */
export function progress() {
  const bar = progressBar("Preparation");
  const far = h("span", { class: "faint" });
  const element = h("div", { class: "preparing" }, bar.element, far);

  function update(dataset) {
    const { stage, step, steps, eta_seconds } = dataset.progress;
    element.hidden = isFinal(dataset);
    bar.show(step, steps);
    tell(far, stage ? `${stage} · ${count(step)} of ${count(steps)}${left(eta_seconds)}` : "waiting for its turn");
  }

  return { element, update };
}
