// Pictures of one's own on their way to become a data set.

import { h, tell } from "../../parts/element.js";
import { bytes, count, duration } from "../../parts/format.js";
import { notice } from "../../shell/notice.js";
import { dropZone } from "../../upload/drop.js";
import { parcel } from "../../upload/parcel.js";
import { Sending } from "../../upload/sending.js";
import { preparation } from "./preparation.js";

const STATES = { sending: "Sending", paused: "Paused", away: "The connection broke; it goes on by itself" };
const HINT = "zip, tar, .npz or .parquet; or drop a folder with a folder for each class";

/** An element. `ondone(dataset)` hears of each that was handed in. */
export async function upload(ondone, signal) {
  const how = await preparation(signal);
  const chosen = h("p", { class: "chosen", hidden: true });
  const failure = h("p", { class: "error", role: "alert" });
  const start = h("button", { class: "primary", disabled: true }, "Send");
  const zone = dropZone({ title: "Choose an archive", hint: HINT, folders: true, give: choose }, signal);
  const form = h("form", { class: "stack", onsubmit: submit }, zone, chosen, how.element, h("div", { class: "row" }, start));
  const way = h("div", { class: "stack", hidden: true });
  let ready = null;

  function choose(files) {
    if (!files.length) return;
    ready = parcel(files);
    chosen.hidden = start.disabled = false;
    tell(chosen, `${ready.name} · ${bytes(ready.blob.size)}${files.length > 1 ? ` · ${count(files.length)} files` : ""}`);
    tell(failure, "");
    start.focus();
  }

  async function submit(event) {
    event.preventDefault();
    how.refuse([]);
    tell(failure, "");
    const leaving = new AbortController();
    const view = under(leaving);
    const sending = new Sending(ready, view.update, AbortSignal.any([signal, leaving.signal]));
    view.follow(sending);
    way.replaceChildren(view.element);
    [form.hidden, way.hidden] = [true, false];
    const back = () => ([form.hidden, way.hidden] = [false, true]);
    try {
      const dataset = await sending.run("/datasets", how.read());
      notice(`${dataset.name} has arrived`);
      how.done();
      reset();
      back();
      ondone(dataset);
    } catch (error) {
      back();
      if (leaving.signal.aborted) await sending.forget();
      else if (error.name !== "AbortError") refuse(error);
    }
  }

  function refuse(error) {
    const rest = how.refuse(error.errors ?? []);
    tell(failure, error.errors?.length ? rest.map(({ message }) => message).join("; ") : error.message);
  }

  function reset() {
    ready = null;
    [chosen.hidden, start.disabled] = [true, true];
  }

  return h("section", { class: "card upload" }, h("h2", {}, "Add your own pictures"), form, way, failure);
}

/** What is seen of one that is under way. */
function under(leaving) {
  const bar = h("progress", { "aria-label": "Sent" });
  const far = h("p", { role: "status" });
  const hold = h("button", { type: "button" }, "Pause");
  const element = h("div", { class: "stack" }, bar, far,
    h("div", { class: "row" }, hold, h("button", { type: "button", class: "danger", onclick: () => leaving.abort() }, "Cancel")));

  function update({ state, sent, size, rate }) {
    [bar.max, bar.value] = [size, sent];
    const speed = rate ? ` · ${bytes(Math.round(rate))}/s · ${duration((size - sent) / rate)} left` : "";
    tell(far, sent === size ? "All is sent; it is being looked through" : `${STATES[state]} · ${bytes(sent)} of ${bytes(size)}${speed}`);
    tell(hold, state === "paused" ? "Go on" : "Pause");
    hold.disabled = sent === size;
  }

  const follow = (sending) => (hold.onclick = () => (sending.isPaused ? sending.resume() : sending.pause()));
  return { element, update, follow };
}
