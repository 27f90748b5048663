import { h } from "../parts/element.js";

const SECONDS = { good: 4, bad: 12 };

/** Says what happened, for a few seconds and to screen readers: notice("Cancelled"), notice(error.message, "bad"). */
export function notice(text, kind = "good") {
  const line = h("div", { class: `notice ${kind}` }, text);
  document.getElementById("notices").append(line);
  setTimeout(() => line.remove(), SECONDS[kind] * 1000);
}
