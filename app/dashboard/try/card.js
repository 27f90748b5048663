// A picture and what the model says of it.

import { Away } from "../api.js";
import { h, tell } from "../element.js";
import { figure, percent } from "../format.js";
import { pause } from "../live.js";
import { bars } from "./bars.js";
import { heatMap, paint } from "./heat.js";
import { predict } from "./predict.js";

const TOP = 5; // classes
const PIXELATED = 96; // pixels a side, up to which single ones are shown
// Shares of held-out pictures that are less unusual, from which on it is said so.
const UNUSUAL = [[0.99, "bad", "Unlike anything it was trained on"], [0.9, "warn", "Unusual for this model"], [0, "good", "Familiar to this model"]];

/**
 * { element, update(picture), ask(), judge() } of a `picture` { file, name, truth }. `asked` has { model, flips, explain,
 * minConfidence } of the moment; ask() again when something of it changed, judge() when only the last did. What changes while
 * an answer is awaited is asked afterwards, once. `onanswer` hears that there is one, `onremove` that it is to go.
 */
export function card(first, { asked, onanswer, onremove }, signal) {
  let [picture, target, isBusy, isStale, wantsAgain] = [first, null, false, true, false];
  const image = h("img", { alt: "", onload: () => shown() });
  const heat = heatMap();
  const parts = { name: h("h3", {}), verdict: h("p", { class: "verdict" }), unusual: h("p", { class: "unusual" }), facts: h("p", { class: "faint small" }) };
  const failure = h("p", { class: "error", role: "alert", hidden: true });
  const file = h("span", { class: "faint file" });
  const ranking = bars((index) => {
    target = index;
    ask();
  });
  const said = h("div", { class: "saying" }, h("div", { "aria-live": "polite" }, parts.name, parts.verdict), ranking.element, parts.unusual, parts.facts);
  const seen = h("div", { class: "seen" }, image, heat);
  const element = h("article", { class: "answer card", "aria-busy": "true" }, seen,
    h("div", { class: "told" }, h("div", { class: "top" }, file, h("button", { type: "button", class: "quiet close", "aria-label": `Remove ${first.name}`, onclick: onremove }, "×")),
      failure, said));
  said.hidden = true;
  const self = { element, update, ask, judge, answer: null, error: null };

  function shown() {
    seen.classList.toggle("pixelated", image.naturalWidth <= PIXELATED);
    URL.revokeObjectURL(image.src);
  }

  function update(now) {
    picture = now;
    tell(file, now.name);
    if (!isStale && now.file === self.file) return;
    self.file = now.file;
    image.src = URL.createObjectURL(now.file);
    image.alt = now.name;
    image.onerror = () => seen.classList.add("unseen");
    isStale = false;
    target = null;
    ask();
  }

  async function ask() {
    if (isBusy) return (wantsAgain = true);
    isBusy = true;
    element.setAttribute("aria-busy", "true");
    const question = { model: asked.model.name, top_k: TOP, flips: asked.flips, explain: asked.explain ? "gradcam" : null };
    if (question.explain && target !== null) question.class = target;
    try {
      const answer = await predict(picture.file, question, signal);
      [self.answer, self.error] = [answer, null];
      await map(answer);
    } catch (error) {
      if (error.name === "AbortError") return undefined;
      [self.answer, self.error] = [null, error.errors?.[0]?.message ?? error.message];
      if (error instanceof Away || error.status === 503) {
        wantsAgain = true; // it is back soon
        await pause(1, signal);
      }
    } finally {
      isBusy = false;
    }
    judge();
    element.setAttribute("aria-busy", "false");
    onanswer();
    if (!wantsAgain || signal.aborted) return undefined;
    wantsAgain = false;
    return ask();
  }

  async function map({ explanation }) {
    seen.dataset.fit = asked.model.preprocessing.fit?.how ?? "stretch";
    seen.classList.toggle("gray", asked.model.channels === 1);
    heat.hidden = !explanation;
    if (explanation) await paint(heat, explanation.heatmap);
  }

  function judge() {
    const { answer, error } = self;
    failure.hidden = !error;
    said.hidden = !answer;
    tell(failure, error ?? "");
    if (error) heat.hidden = true;
    if (!answer) return;
    const [best] = answer.top_k;
    const abstains = best.probability < asked.minConfidence; // the rule of `min_confidence`, which needs no new answer
    self.verdict = abstains ? "abstained" : picture.truth && (best.label === picture.truth ? "right" : "wrong");
    tell(parts.name, abstains ? "Not sure enough" : best.label);
    tell(parts.verdict, verdict(self.verdict, picture.truth, best));
    parts.verdict.className = `verdict ${self.verdict ?? ""}`;
    ranking.show(answer.top_k, { label: picture.truth, explained: answer.explanation?.class.index ?? null });
    unusual(answer.ood);
    const { model, timing } = answer;
    tell(parts.facts, `${figure(timing.total_ms)} ms · ${model.alias ?? asked.model.title}, step ${model.step}`);
  }

  function unusual(ood) {
    parts.unusual.hidden = ood === null;
    if (ood === null) return;
    const [, kind, words] = UNUSUAL.find(([from]) => ood >= from);
    tell(parts.unusual, `${words} · more unusual than ${ood >= 0.995 ? "all" : percent(ood, 0) + " of"} test pictures`);
    parts.unusual.className = `unusual ${kind}`;
  }

  return self;
}

function verdict(kind, truth, best) {
  const guess = `best guess ${best.label}, ${percent(best.probability)}`;
  if (kind === "abstained") return truth ? `${guess}; it is ${truth}` : guess;
  return { right: "✓ right", wrong: `✗ it is ${truth}` }[kind] ?? `${percent(best.probability)} sure`;
}
