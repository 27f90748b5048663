// The model as a file for other programs: made when it is wanted, held against the model, taken away.

import { h } from "../../parts/element.js";
import { bytes, percent } from "../../parts/format.js";
import { get, save } from "../../service/api.js";
import { repeat } from "../../service/live.js";
import { notice } from "../../shell/notice.js";

const WAIT = 5; // seconds that a request waits for a file that is being made
const FORMATS = [
  { format: "safetensors", suffix: "safetensors", what: "weights, labels and preprocessing" },
  { format: "onnx", suffix: "onnx", what: "the whole computation, for ONNX Runtime and others" },
  { format: "torch", suffix: "pt2", what: "the whole computation, for PyTorch" },
];

export function exports(model, signal) {
  const made = Object.fromEntries(model.exports.map((report) => [report.format, report]));
  return h("ul", { class: "exports" }, FORMATS.map((each) => line(model, each, made[each.format], signal)));
}

function line(model, { format, suffix, what }, report, signal) {
  const how = h("div", { class: "faint", role: "status" }, report ? agreement(report) : "Not made yet: it takes some seconds.");
  const button = h("button", { type: "button", "aria-label": `Download ${format}`, onclick: take }, "Download");

  async function take() {
    button.disabled = true;
    try {
      if (!report) how.replaceChildren(h("progress", { "aria-label": `Making ${format}` }), "It is being made and held against the model…");
      report ??= await make(model, format, signal);
      how.replaceChildren(agreement(report));
      await save(`/models/${model.job_id}/export`, `${model.name ?? model.job_id}.${suffix}`, { format });
    } catch (error) {
      how.replaceChildren(h("span", { class: "error" }, error.message));
      if (error.name !== "AbortError") notice(error.message, "bad");
    } finally {
      button.disabled = false;
    }
  }

  return h("li", {}, h("div", {}, h("strong", {}, format), h("span", { class: "faint" }, ` · ${what}`), how), button);
}

/** Its report, once it is there, whatever becomes of the server meanwhile. */
async function make(model, format, signal) {
  let report;
  await repeat(async () => {
    const answer = await get(`/models/${model.job_id}/export/report`, { format, wait: WAIT }, signal);
    if (answer.state === "exporting") return "";
    report = answer;
    return "done";
  }, 1, signal);
  signal.throwIfAborted();
  return report;
}

const agreement = ({ parity, bytes: size }) =>
  `${bytes(size)} · agrees on ${percent(parity.agreement, 0)} of ${parity.images} images; probabilities differ by ${parity.largest_difference.toExponential(0)} at most`;
