// One job: how it stands, its curves as they grow, and what it left.

import { get } from "../api.js";
import { h } from "../element.js";
import { isFinal, nameOf } from "../jobs.js";
import { curve } from "../job/curve.js";
import { head } from "../job/head.js";
import { sections } from "../job/sections.js";
import { repeat } from "../live.js";
import { notice } from "../notice.js";

const SECONDS = 1; // between looks at the record

export async function page({ id, tab }, signal) {
  const job = await get(`/jobs/${id}`, {}, signal);
  const parts = [head(job, look, signal), curve(job, signal), sections(job, tab, signal)];

  async function look() {
    const now = await get(`/jobs/${id}`, {}, signal);
    await Promise.all(parts.map((part) => part.update(now)));
    return isFinal(now) && "done";
  }

  repeat(look, SECONDS, signal).catch((error) => notice(error.message, "bad"));
  return { title: nameOf(job), element: h("div", { class: "stack job-page" }, parts.map(({ element }) => element)) };
}
