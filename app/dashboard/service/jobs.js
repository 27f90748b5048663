// What can be done with a job, and in which state.

import { notice } from "../shell/notice.js";
import { send } from "./api.js";

export const STATES = ["queued", "running", "pausing", "paused", "cancelling", "succeeded", "failed", "cancelled"];
const FINAL = new Set(["succeeded", "failed", "cancelled"]);

export const isFinal = (job) => FINAL.has(job.state);
/** The end of its id, which tells it from others. */
export const markOf = (job) => `…${job.id.slice(-6)}`;
export const nameOf = (job) => job.name || `job ${markOf(job)}`;

/** The evaluation that it is judged by: the best one, or the last; undefined before the first. */
export const bestOf = ({ best, evaluation }) => best ?? evaluation ?? undefined;
/** The data set by the name that it was asked for with. */
export const datasetOf = ({ dataset, spec }) => dataset?.name ?? spec.data.dataset;
/** How long it has run, in seconds; null before it began. */
export const secondsOf = ({ started_at, finished_at }) => started_at && ((finished_at ? Date.parse(finished_at) : Date.now()) - Date.parse(started_at)) / 1000;

/** Each with the states it is possible in; `path` is below the job's own. */
const MOVES = [
  { name: "Pause", path: "/pause", states: ["running"], done: "Pausing: it saves a checkpoint first" },
  { name: "Resume", path: "/resume", states: ["paused"], done: "Queued again" },
  { name: "Cancel", path: "/cancel", states: ["queued", "running", "pausing", "paused"], done: "Cancelled", sure: "Cancel" },
  { name: "Delete", path: "", method: "DELETE", states: [...FINAL], done: "Deleted", sure: "Delete, with its model and its metrics," },
];

export const movesOf = (job) => MOVES.filter(({ states }) => states.includes(job.state));

/** Asks the user where something would be lost, then the server; whether it was done. */
export async function move(job, { path, method = "POST", done, sure }) {
  if (sure && !confirm(`${sure} ${nameOf(job)}?`)) return false;
  try {
    await send(method, `/jobs/${job.id}${path}`);
    notice(`${nameOf(job)}: ${done}`);
    return true;
  } catch (error) {
    notice(error.message, "bad");
    return false;
  }
}
