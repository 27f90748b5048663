// What a data set of one's own is called, and what can be done with it.

import { notice } from "../shell/notice.js";
import { send } from "./api.js";

const FINAL = new Set(["ready", "failed", "cancelled"]);

export const isFinal = ({ state }) => FINAL.has(state);
export const titleOf = ({ names, id }) => names.at(-1) ?? id;
export const pageOf = (dataset) => `#/datasets/${encodeURIComponent(titleOf(dataset))}`;
export const trainOn = (name) => `#/new?dataset=${encodeURIComponent(name)}`;
export const imagesOf = ({ images }) => (images ? Object.values(images).reduce((sum, each) => sum + each, 0) : null);
/** Of what its pictures are: "28 × 28 gray". */
export const shapeOf = ({ image_size, channels }) => `${image_size} × ${image_size} ${channels === 1 ? "gray" : "colour"}`;

/** Asks the user, then the server. Problem: a job may need it. */
export async function remove(dataset) {
  if (!confirm(`Delete ${titleOf(dataset)} and its pictures? Models that were trained on it stay.`)) return false;
  await send("DELETE", `/datasets/${dataset.id}`);
  notice(`${titleOf(dataset)}: Deleted`);
  return true;
}

export async function cancel(dataset) {
  await send("POST", `/datasets/${dataset.id}/cancel`);
  notice(`${titleOf(dataset)}: Cancelled`);
}
