// What a user should know of a job now, and what to do next.

import { h } from "../../parts/element.js";
import { count, figure } from "../../parts/format.js";
import { get } from "../../service/api.js";
import { isFinal } from "../../service/jobs.js";

/** Cards, none if all goes as it should. */
export async function newsOf(job, signal) {
  return [await waiting(job, signal), failure(job), finding(job), paused(job)].filter(Boolean);
}

async function waiting(job, signal) {
  if (job.state !== "queued") return null;
  if (job.not_before) return card("warning", "It crashed and will be tried again",
    `Not before ${new Date(job.not_before).toLocaleTimeString()}; the log says what happened.`);
  const { workers, counts } = await get("/queue", { limit: 1 }, signal);
  if (!workers) return card("warning", "No worker is alive", "The job is kept and begins as soon as one is. `make up` starts one with the service.");
  const why = counts.running ? `${count(counts.running)} ${counts.running === 1 ? "job runs" : "jobs run"} on ${count(workers)} ${workers === 1 ? "worker" : "workers"}.` : "A worker is about to take it.";
  return card("", job.queue_position === 1 ? "It runs next" : `Number ${count(job.queue_position)} in the queue`, why);
}

function failure({ error, state }) {
  if (!error) return null;
  return card("error", state === "failed" ? "It failed" : "What went wrong", error.message, error.hint && h("p", {}, error.hint));
}

function finding(job) {
  if (job.spec.mode !== "lr_range") return null;
  if (!job.lr_range) return isFinal(job) ? null : card("", "It looks for a learning rate",
    "The rate rises until the loss diverges; then one is suggested.");
  const { suggestion, steepest_learning_rate, lowest_loss, diverged_at } = job.lr_range;
  if (!suggestion) return card("warning", "No rate can be suggested", "The loss never fell. A longer test, or one that begins lower, may find one.");
  const rest = [`The loss fell fastest at a rate of ${figure(steepest_learning_rate)}, to ${figure(lowest_loss)} at its lowest.`,
    diverged_at && `It diverged at a rate of ${figure(diverged_at)}.`].filter(Boolean).join(" ");
  return card("good", `A learning rate of ${figure(suggestion)} would do`, rest,
    h("a", { class: "button primary", href: `#/new?from=${job.id}&learning_rate=${suggestion}` }, "New job with it"));
}

const paused = ({ state }) => state === "paused" && card("", "It is paused",
  "Its checkpoint is kept. Resume puts it back at its old place in the queue.");

const card = (kind, title, text, ...more) => h("div", { class: `news ${kind}` }, h("div", {}, h("strong", {}, title), h("p", {}, text)), more);
