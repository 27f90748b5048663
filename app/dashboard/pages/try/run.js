// A whole set that is predicted, or was.

import { h, tell } from "../../parts/element.js";
import { ago, bytes, count, duration, percent } from "../../parts/format.js";
import { save, send } from "../../service/api.js";
import { notice } from "../../shell/notice.js";

const FINAL = ["succeeded", "failed", "cancelled"];

/** { element, update(prediction) } of `GET /predictions`; `called` has names of ids, `look()` follows what is done to it. */
export function run(first, called, look) {
  const nameOf = (id) => called.get(id) ?? id;
  const title = h("strong", {}, first.dataset ? `${nameOf(first.dataset)} · ${first.split}` : `${first.upload.filename} · ${bytes(first.upload.bytes)}`);
  const bar = h("progress", { "aria-label": "Pictures predicted" });
  const parts = { state: h("span", { class: "state" }), far: h("span", { class: "faint" }), good: h("strong", {}), error: h("p", { class: "error" }) };
  const moves = h("div", { class: "moves" });
  const act = async (method, path) => {
    try {
      await send(method, `/predictions/${first.id}${path}`);
      await look();
    } catch (error) {
      notice(error.message, "bad");
    }
  };
  const fetched = (format) => save(`/predictions/${first.id}/result`, `${first.id}.${format}`, { format }).catch((error) => notice(error.message, "bad"));
  const button = (text, onclick) => h("button", { type: "button", class: "quiet", onclick }, text);
  const cancel = () => [button("Cancel", () => act("POST", "/cancel"))];
  const remove = () => [button("Delete", () => act("DELETE", ""))];
  const results = () => [button("CSV", () => fetched("csv")), button("JSON lines", () => fetched("jsonl"))];
  const offers = { queued: cancel, running: cancel, failed: remove, cancelled: remove, succeeded: () => [...results(), ...remove()] };
  let offered = null;

  function update(now) {
    const { step, steps, eta_seconds } = now.progress;
    tell(parts.state, now.state);
    parts.state.className = `state ${now.state}`;
    [bar.max, bar.value] = [Math.max(1, steps), step];
    bar.hidden = FINAL.includes(now.state);
    const left = eta_seconds === null ? "" : ` · ${duration(eta_seconds)} left`;
    const unread = now.unreadable ? ` · ${count(now.unreadable)} unreadable` : "";
    tell(parts.far, bar.hidden ? `${count(step)} pictures${unread} · ${ago(now.created_at)}` : `${count(step)} of ${count(steps)}${left}${unread}`);
    tell(parts.good, now.accuracy === null ? "" : `${percent(now.accuracy)} right`);
    tell(parts.error, now.error?.message ?? "");
    if (now.state === offered) return;
    offered = now.state;
    moves.replaceChildren(...(offers[now.state]?.() ?? []));
  }

  const element = h("li", {}, h("div", { class: "row" }, title, h("a", { href: `#/jobs/${first.job_id}` }, nameOf(first.job_id)), parts.state, parts.good, h("span", { class: "grow" }), moves), bar, parts.far, parts.error);
  return { element, update };
}
