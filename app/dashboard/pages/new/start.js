// Starts the run: once, however often it is asked.

import { sentence, spoken } from "../../form/places.js";
import { same } from "../../form/pointer.js";
import { h, tell } from "../../parts/element.js";
import { Away, Problem } from "../../service/api.js";
import { repeat } from "../../service/live.js";
import { notice } from "../../shell/notice.js";
import { brief } from "./cost.js";
import { post } from "./validation.js";

const NAMES = { train: "Start training", lr_range: "Find a learning rate" };

/** `complain(errors)` shows a refusal at its fields. */
export function start(form, complain, signal) {
  const { draft, places } = form;
  const button = h("button", { type: "button", class: "primary", onclick: press });
  const stop = h("button", { type: "button", hidden: true, onclick: () => trying.abort() }, "Stop trying");
  const status = h("p", { class: "hint", role: "status" });
  const short = h("span", { class: "brief" });
  const attention = h("ul", { class: "attention", "aria-label": "To be put right" });
  let trying = null; // what stops it
  let said = []; // the errors that are shown

  async function press() {
    if (trying) return; // a double click
    trying = new AbortController();
    const mine = AbortSignal.any([signal, trying.signal]);
    update();
    const [spec, key] = [draft.spec, draft.requestKey];
    try {
      await repeat(async () => {
        await submit(spec, key, mine);
        return "done";
      }, 0, mine);
    } catch (error) {
      refused(error);
    } finally {
      stop.hidden = true;
      tell(status, "");
      trying = null;
      update();
    }
  }

  async function submit(spec, key, mine) {
    try {
      const job = await (await post("/jobs", spec, { "Idempotency-Key": key }, mine)).json();
      draft.forget();
      location.hash = `#/jobs/${job.id}`;
    } catch (error) {
      if (error instanceof Away) {
        stop.hidden = false;
        tell(status, `${sentence(error.message)} It is sent again until there is an answer, and makes one job.`);
      }
      throw error;
    }
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

  /** Everything that is wrong, each with a way to its field. */
  function show({ bill, errors, message, isAsking }) {
    tell(short, brief(bill));
    attention.hidden = !errors.length;
    button.classList.toggle("wrong", errors.length > 0);
    if (!trying) tell(status, errors.length ? `${errors.length} to be put right:` : message && !isAsking ? message : "");
    if (same(errors, said)) return;
    said = errors;
    attention.replaceChildren(...errors.map((error) => (places.has(error.pointer)
      ? h("li", {}, h("button", { type: "button", class: "suggestion", onclick: () => places.focus(error.pointer) }, spoken(error.pointer)))
      : named(places.message(error), error.pointer))));
  }

  return { element: h("div", { class: "start" }, short, button, stop, status, attention), update, show };
}

function named(item, pointer) {
  item.prepend(h("code", {}, pointer || "/"), " ");
  return item;
}
