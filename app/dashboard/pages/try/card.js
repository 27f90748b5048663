// A picture and what the model says of it.

import { h, tell } from "../../parts/element.js";
import { Away } from "../../service/api.js";
import { pause } from "../../service/live.js";
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
  let [picture, target, isBusy, wantsAgain] = [{}, null, false, false];
  const view = seen();
  const said = saying((index) => {
    target = index;
    ask();
  });
  const file = h("span", { class: "faint file" });
  const failure = h("p", { class: "error", role: "alert", hidden: true });
  const close = h("button", { type: "button", class: "quiet close", "aria-label": `Remove ${first.name}`, onclick: onremove }, "×");
  const element = h("article", { class: "answer card" }, view.element, h("div", { class: "told" }, h("div", { class: "top" }, file, close), failure, said.element));
  said.element.hidden = true;
  const self = { element, update, ask, judge, answer: null, error: null, verdict: null };

  function update(now) {
    if (now.file === picture.file) return;
    [picture, target] = [now, null];
    tell(file, now.name);
    view.picture(now.file, now.name);
    ask();
  }

  async function ask() {
    wantsAgain = true;
    if (isBusy) return;
    isBusy = true;
    element.setAttribute("aria-busy", "true");
    while (wantsAgain && !signal.aborted) {
      wantsAgain = false;
      await once().catch(fail);
      if (!signal.aborted) judge();
    }
    isBusy = false;
    element.setAttribute("aria-busy", "false");
  }

  async function once() {
    const question = { model: asked.model.name, top_k: TOP, flips: asked.flips, explain: asked.explain ? "gradcam" : null };
    const answer = await predict(picture.file, question.explain && target !== null ? { ...question, class: target } : question, signal);
    [self.answer, self.error] = [answer, null];
    await view.explain(answer.explanation, asked.model);
  }

  async function fail(error) {
    [self.answer, self.error, self.verdict] = [null, error.errors?.[0]?.message ?? error.message, null];
    view.explain(null, asked.model);
    if (!(error instanceof Away || error.status === 503)) return;
    wantsAgain = element.isConnected; // it is back soon
    judge();
    await pause(1, signal);
  }

  function judge() {
    failure.hidden = !self.error;
    tell(failure, self.error ?? "");
    said.element.hidden = !self.answer;
    if (self.answer) self.verdict = said.show(self.answer, picture.truth, asked);
    onanswer();
  }

  return self;
}
