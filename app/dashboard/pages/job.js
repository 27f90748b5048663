// One job: how it stands, its curves as they grow, and what it left.

import { h } from "../parts/element.js";
import { get } from "../service/api.js";
import { isFinal, nameOf } from "../service/jobs.js";
import { repeat } from "../service/live.js";
import { notice } from "../shell/notice.js";
import { curve } from "./job/curve.js";
import { head } from "./job/head.js";
import { sections } from "./job/sections.js";

const SECONDS = 1; // between looks at the record

export async function page({ id, tab }, signal) {
  const path = `/jobs/${encodeURIComponent(id)}`;
  const job = await get(path, {}, signal);
  const parts = [head(job, look, signal), curve(job, signal), sections(job, tab, signal)];

  async function look() {
    const now = await get(path, {}, signal);
    await Promise.all(parts.map((part) => part.update(now)));
    return isFinal(now) && "done";
  }

  repeat(look, SECONDS, signal).catch((error) => notice(error.message, "bad"));
  return { title: nameOf(job), element: h("div", { class: "stack" }, parts.map(({ element }) => element)) };
}
