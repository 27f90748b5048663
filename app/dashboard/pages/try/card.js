// A picture and what the model says of it.

import { h, tell } from "../../parts/element.js";
import { Away } from "../../service/api.js";
import { oneAtATime, pause } from "../../service/live.js";
import { predict } from "./predict.js";
import { saying } from "./saying.js";
import { seen } from "./seen.js";

const TOP = 5; // classes

/**
 * { element, update(picture), ask(), judge(), answer, error, verdict } of a `picture` { file, name, truth }. `asked` has
 * { model, flips, explain, minConfidence } of the moment; ask() again when something of it changed, judge() when only the last
 * did. What changes while an answer is awaited is asked afterwards, once. `onanswer` hears that there is one, `onremove` that
 * the card is to go.
 */
export function card(first, { asked, onanswer, onremove }, signal) {
  let [picture, target] = [{}, null]; // what is asked about, and the class whose heat map is wanted
  const view = seen();
  const said = saying((index) => {
    target = index;
    ask();
  });
  const file = h("span", { class: "faint file" });
  const failure = h("p", { class: "error", role: "alert", hidden: true });
  const close = h("button", { type: "button", class: "quiet close", "aria-label": `Remove ${first.name}`, onclick: onremove }, "×");
  const element = h("article", { class: "answer card" }, view.element,
    h("div", { class: "told" }, h("div", { class: "top" }, file, close), failure, said.element));
  said.element.hidden = true;

  const ask = oneAtATime(async () => {
    if (signal.aborted) return;
    element.setAttribute("aria-busy", "true");
    const isAway = await answer().catch(refused);
    if (signal.aborted) return;
    judge();
    element.setAttribute("aria-busy", "false");
    if (!isAway) return;
    await pause(1, signal);
    if (element.isConnected) ask();
  });

  async function answer() {
    const question = { model: asked.model.name, top_k: TOP, flips: asked.flips, explain: asked.explain ? "gradcam" : null,
      class: asked.explain ? target : null };
    [self.answer, self.error] = [await predict(picture.file, question, signal), null];
    await view.explain(self.answer.explanation, asked.model);
  }

  /** Whether somebody may answer soon. */
  function refused(error) {
    [self.answer, self.error, self.verdict] = [null, error.errors?.[0]?.message ?? error.message, null];
    view.explain(null, asked.model);
    return error instanceof Away || error.status === 503;
  }

  function judge() {
    failure.hidden = !self.error;
    tell(failure, self.error ?? "");
    said.element.hidden = !self.answer;
    if (self.answer) self.verdict = said.show(self.answer, picture.truth, asked);
    onanswer();
  }

  function update(now) {
    if (now.file === picture.file) return;
    [picture, target] = [now, null];
    tell(file, now.name);
    view.picture(now.file, now.name);
    ask();
  }

  const self = { element, update, ask, judge, answer: null, error: null, verdict: null };
  return self;
}
