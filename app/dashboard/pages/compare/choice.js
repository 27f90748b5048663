// Jobs to choose from.

import { h, tell } from "../../parts/element.js";
import { ago, percent } from "../../parts/format.js";
import { state } from "../../parts/state.js";
import { get } from "../../service/api.js";
import { bestOf, datasetOf, nameOf } from "../../service/jobs.js";

const MOST = 100; // jobs, the newest

export async function choice(ids, signal) {
  const { data } = await get("/jobs", { limit: MOST }, signal);
  if (!data.length) return h("p", { class: "empty" }, "Nothing has been trained yet. ", h("a", { href: "#/new" }, "Start with a new job."));
  const chosen = new Set(ids);
  const go = h("a", { class: "button primary" });

  function show() {
    tell(go, chosen.size < 2 ? "Choose two or more" : `Compare ${chosen.size}`);
    if (chosen.size < 2) go.removeAttribute("href");
    else go.href = `#/compare?jobs=${[...chosen].join(",")}`;
    go.setAttribute("aria-disabled", String(chosen.size < 2));
  }

  const rows = data.map((job) => h("li", {}, h("label", { class: "inline" },
    h("input", { type: "checkbox", value: job.id, checked: chosen.has(job.id), onchange: ({ target }) => {
      chosen[target.checked ? "add" : "delete"](job.id);
      show();
    } }), h("strong", {}, nameOf(job)), state(job.state),
    h("span", { class: "faint" }, `${datasetOf(job)} · ${percent(bestOf(job)?.accuracy)} · ${ago(job.created_at)}`))));
  show();
  return h("div", { class: "stack" }, h("ul", { class: "choice card" }, rows), h("div", {}, go));
}
