// What a model says of a picture, in words and bars.

import { h, tell } from "../../parts/element.js";
import { figure, percent } from "../../parts/format.js";
import { bars } from "./bars.js";

// Shares of held-out pictures that are less unusual, from which on it is said so.
const UNUSUAL = [[0.99, "bad", "Unlike anything it was trained on"], [0.9, "warn", "Unusual for this model"], [0, "good", "Familiar to this model"]];
const ALL = 0.995; // of them, rounded

/**
 * { element, show(answer, truth, asked) }, which returns "right", "wrong" or "abstained", and undefined where nobody knows.
 * `onpick(index)` hears of which class a heat map is wanted.
 */
export function saying(onpick) {
  const [name, verdict, unusual, facts] = [h("h3"), h("p"), h("p"), h("p", { class: "faint small" })];
  const ranking = bars(onpick);

  function show({ top_k, ood, explanation, timing, model }, truth, { minConfidence, model: { title } }) {
    const [best] = top_k;
    const kind = judged(best, truth, minConfidence);
    tell(name, kind === "abstained" ? "Not sure enough" : best.label);
    tell(verdict, words(kind, truth, best));
    verdict.className = `verdict ${kind ?? ""}`;
    ranking.show(top_k, { label: truth, explained: explanation?.class.index });
    familiarity(ood);
    tell(facts, `${figure(timing.total_ms)} ms · ${model.alias ?? title}, step ${model.step}`);
    return kind;
  }

  function familiarity(ood) {
    unusual.hidden = ood === null;
    if (ood === null) return;
    const [, kind, said] = UNUSUAL.find(([from]) => ood >= from);
    tell(unusual, `${said} · more unusual than ${ood >= ALL ? "all" : `${percent(ood, 0)} of`} test pictures`);
    unusual.className = `unusual ${kind}`;
  }

  return { element: h("div", { class: "saying" }, h("div", { "aria-live": "polite" }, name, verdict), ranking.element, unusual, facts), show };
}

/** By the rule of `min_confidence`, so that a change of it needs no new answer. */
function judged({ label, probability }, truth, minConfidence) {
  if (probability < minConfidence) return "abstained";
  return truth && (label === truth ? "right" : "wrong");
}

function words(kind, truth, { label, probability }) {
  const guess = `best guess ${label}, ${percent(probability)}`;
  if (kind === "abstained") return truth ? `${guess}; it is ${truth}` : guess;
  return { right: "✓ right", wrong: `✗ it is ${truth}` }[kind] ?? `${percent(probability)} sure`;
}
