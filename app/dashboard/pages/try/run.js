// A whole set that is predicted, or was.

import { h, tell } from "../../parts/element.js";
import { ago, bytes, count, left, percent } from "../../parts/format.js";
import { progressBar } from "../../parts/progress.js";
import { become, state } from "../../parts/state.js";
import { save, send } from "../../service/api.js";
import { isFinal } from "../../service/jobs.js";
import { notice } from "../../shell/notice.js";

/** What can be done, by state; a file's `format` is fetched, all else is asked of the server. */
const REMOVE = { name: "Delete", method: "DELETE", path: "" };
const CANCEL = { name: "Cancel", method: "POST", path: "/cancel" };
const FILES = [{ name: "CSV", format: "csv" }, { name: "JSON lines", format: "jsonl" }];
const MOVES = { queued: [CANCEL], running: [CANCEL], failed: [REMOVE], cancelled: [REMOVE], succeeded: [...FILES, REMOVE] };

/** { element, update(prediction) } of `GET /predictions`; `called` has names of ids, `look()` follows what is done to it. */
export function run(first, called, look) {
  const nameOf = (id) => called.get(id) ?? id;
  const title = h("strong", {},
    first.dataset ? `${nameOf(first.dataset)} · ${first.split}` : `${first.upload.filename} · ${bytes(first.upload.bytes)}`);
  const bar = progressBar("Pictures predicted");
  const [word, far, good, error] = [state(), h("span", { class: "faint" }), h("strong"), h("p", { class: "error" })];
  const moves = h("div", { class: "moves" });
  let offered = null;

  async function act({ method, path, format }) {
    try {
      if (format) return await save(`/predictions/${first.id}/result`, `${first.id}.${format}`, { format });
      await send(method, `/predictions/${first.id}${path}`);
      return await look();
    } catch (failure) {
      return notice(failure.message, "bad");
    }
  }

  function update(now) {
    become(word, now.state);
    bar.show(now.progress.step, now.progress.steps);
    bar.element.hidden = isFinal(now);
    tell(far, farOf(now));
    tell(good, now.accuracy === null ? "" : `${percent(now.accuracy)} right`);
    tell(error, now.error?.message ?? "");
    if (now.state === offered) return;
    offered = now.state;
    moves.replaceChildren(...(MOVES[now.state] ?? []).map((each) => h("button", { type: "button", class: "quiet",
      onclick: () => act(each) }, each.name)));
  }

  const row = h("div", { class: "row" }, title, h("a", { href: `#/jobs/${first.job_id}` }, nameOf(first.job_id)), word, good,
    h("span", { class: "grow" }), moves);
  return { element: h("li", {}, row, bar.element, far, error), update };
}

function farOf(prediction) {
  const { progress: { step, steps, eta_seconds }, unreadable, created_at } = prediction;
  const unread = unreadable ? ` · ${count(unreadable)} unreadable` : "";
  return isFinal(prediction) ? `${count(step)} pictures${unread} · ${ago(created_at)}` : `${count(step)} of ${count(steps)}${left(eta_seconds)}${unread}`;
}
