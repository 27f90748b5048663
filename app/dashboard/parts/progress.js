// A bar that fills.

import { h } from "./element.js";

/** { element, show(step, steps) }. */
export function progressBar(name) {
  const element = h("progress", { "aria-label": name });
  function show(step, steps) {
    [element.max, element.value] = [Math.max(1, steps), step];
  }
  return { element, show };
}
