// Starts the run: once, however often it is asked.

import { h, tell } from "../../parts/element.js";
import { sentence } from "../../parts/format.js";
import { Away, Problem } from "../../service/api.js";
import { repeat } from "../../service/live.js";
import { notice } from "../../shell/notice.js";
import { attention } from "./attention.js";
import { brief } from "./cost.js";
import { post } from "./validation.js";

const NAMES = { train: "Start training", lr_range: "Find a learning rate" };

/** { element, update(), show(verdict) }; `complain(errors)` shows a refusal at its fields. */
export function start({ draft, places }, complain, signal) {
  const button = h("button", { type: "button", class: "primary", onclick: press });
  const stop = h("button", { type: "button", hidden: true, onclick: () => trying.abort() }, "Stop trying");
  const status = h("p", { class: "hint", role: "status" });
  const short = h("span", { class: "brief" });
  const wrong = attention(places);
  let trying = null; // what stops it

  async function press() {
    if (trying) return; // a double click
    trying = new AbortController();
    update();
    try {
      const job = await submitted(draft, wait, AbortSignal.any([signal, trying.signal]));
      if (job) leave(job);
    } catch (error) {
      refused(error);
    } finally {
      stop.hidden = true;
      tell(status, "");
      trying = null;
      update();
    }
  }

  function wait(error) {
    stop.hidden = false;
    tell(status, `${sentence(error.message)} It is sent again until there is an answer, and makes one job.`);
  }

  function leave(job) {
    draft.forget();
    location.hash = `#/jobs/${job.id}`;
  }

  function refused(error) {
    if (!(error instanceof Problem)) throw error;
    complain(error.errors);
    const first = error.errors.find(({ pointer }) => places.has(pointer));
    if (first) places.focus(first.pointer);
    else notice(error.message, "bad");
  }

  function update() {
    tell(button, trying ? "Starting…" : NAMES[draft.spec.mode] ?? NAMES.train);
  }

  function show({ bill, errors, message, isAsking }) {
    tell(short, brief(bill));
    button.classList.toggle("wrong", errors.length > 0);
    if (!trying) tell(status, errors.length ? `${errors.length} to be put right:` : message && !isAsking ? message : "");
    wrong.show(errors);
  }

  return { element: h("div", { class: "start" }, short, button, stop, status, wrong.element), update, show };
}

/** The job that was made, sent until there is an answer; `wait(error)` hears that there was none. Nothing if `signal` fires. */
async function submitted(draft, wait, signal) {
  const [spec, key] = [draft.spec, draft.requestKey];
  let job = null;
  await repeat(async () => {
    try {
      job = await (await post("/jobs", spec, { "Idempotency-Key": key }, signal)).json();
      return "done";
    } catch (error) {
      if (error instanceof Away) wait(error);
      throw error;
    }
  }, 0, signal);
  return job;
}
