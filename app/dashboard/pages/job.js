// One job: how it stands, its curves as they grow, and what it left.

import { get } from "../api.js";
import { h } from "../element.js";
import { isFinal, nameOf } from "../jobs.js";
import { curve } from "../job/curve.js";
import { head } from "../job/head.js";
import { sections } from "../job/sections.js";
import { repeat } from "../live.js";

const SECONDS = 1; // between looks at the record

export async function page({ id, tab }, signal) {
  const job = await get(`/jobs/${id}`, {}, signal);
  const parts = [head(job, look, signal), curve(job, signal), sections(job, tab, signal)];

  async function look() {
    const now = await get(`/jobs/${id}`, {}, signal);
    parts.forEach((part) => part.update(now));
    return isFinal(now) && "done";
  }

  parts.forEach((part) => part.update(job));
  if (!isFinal(job)) repeat(look, SECONDS, signal);
  return { title: nameOf(job), element: h("div", { class: "stack job-page" }, parts.map(({ element }) => element)) };
}
