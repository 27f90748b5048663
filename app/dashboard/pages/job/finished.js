// A panel of what there is once a job has trained.

import { h } from "../../parts/element.js";
import { repeat } from "../../service/live.js";

const SECONDS = 1; // between tries while the server is away

/** { element, update(job) }; `load(job)` gives what is shown when it has succeeded, `none(job)` says why there is nothing yet. */
export function finished(first, load, none, signal) {
  const element = h("div", { class: "stack" });
  const say = (text) => element.replaceChildren(h("p", { class: "empty" }, text));
  let shown = "";

  function update(job) {
    if (job.state === shown) return;
    shown = job.state;
    if (job.state !== "succeeded") return say(none(job));
    say("Loading…");
    repeat(async () => {
      element.replaceChildren(...(await load(job)));
      return "done";
    }, SECONDS, signal).catch((error) => say(error.message));
  }

  update(first);
  return { element, update };
}
