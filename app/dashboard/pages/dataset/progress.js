// How far a preparation is.

import { h, tell } from "../../parts/element.js";
import { count, duration } from "../../parts/format.js";
import { isFinal } from "../../service/datasets.js";

/** { element, update(dataset) }; hidden when there is nothing to wait for. */
export function progress() {
  const bar = h("progress", { "aria-label": "Preparation" });
  const far = h("span", { class: "faint" });
  const element = h("div", { class: "preparing" }, bar, far);

  function update(dataset) {
    const { stage, step, steps, eta_seconds } = dataset.progress;
    element.hidden = isFinal(dataset);
    [bar.max, bar.value] = [Math.max(1, steps), step];
    const left = eta_seconds === null ? "" : ` · ${duration(eta_seconds)} left`;
    tell(far, stage ? `${stage} · ${count(step)} of ${count(steps)}${left}` : "waiting for its turn");
  }

  return { element, update };
}
