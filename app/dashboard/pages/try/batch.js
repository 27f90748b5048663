// Whole sets: a data set or an archive is predicted in the background, and the result fetched as a file.

import { h, Keyed, tell } from "../../parts/element.js";
import { bytes } from "../../parts/format.js";
import { get, send } from "../../service/api.js";
import { titleOf } from "../../service/datasets.js";
import { repeat } from "../../service/live.js";
import { notice } from "../../shell/notice.js";
import { dropZone } from "../../upload/drop.js";
import { parcel } from "../../upload/parcel.js";
import { Sending } from "../../upload/sending.js";
import { run } from "./run.js";

const [SECONDS, SHOWN] = [2, 8]; // between looks; runs that are listed
const SPLITS = ["test", "train", "validation", "all"];

/** An element; `asked.model` is the model of the moment, one of `models` or another. */
export function batch(asked, models, signal) {
  const called = new Map(models.map(({ job_id, name }) => [job_id, name || job_id])); // jobs and data sets by their ids
  const list = h("ul", { class: "runs", "aria-label": "Whole sets that were asked about" });
  const rows = new Keyed(list, ({ id }) => id, (first) => run(first, called, look));
  const set = h("select", {});
  const split = h("select", {}, SPLITS.map((value) => h("option", { value }, value)));
  const failure = h("p", { class: "error", role: "alert" });
  const how = h("p", { class: "faint", role: "status" });

  async function look() {
    rows.show((await get("/predictions", { limit: SHOWN }, signal)).data);
  }

  async function start(work) {
    tell(failure, "");
    try {
      await work();
      notice("It is being predicted; the result can be fetched when it is done");
      await look();
    } catch (error) {
      if (error.name !== "AbortError") tell(failure, error.errors?.map(({ message }) => message).join("; ") || error.message);
    } finally {
      tell(how, "");
    }
  }

  const fields = () => ({ model: asked.model.name });
  const ofSet = (event) => {
    event.preventDefault();
    start(() => send("POST", "/predictions", { ...fields(), dataset: set.value, split: split.value }, { "Idempotency-Key": crypto.randomUUID() }));
  };
  const told = ({ state, sent, size }) => tell(how, `${state} · ${bytes(sent)} of ${bytes(size)}`);
  const ofFiles = (files) => files.length && start(() => new Sending(parcel(files), told, signal).run("/predictions", fields()));

  async function begin() {
    const { data, built_in } = await get("/datasets", { limit: 200 }, signal);
    for (const each of data) called.set(each.id, titleOf(each));
    const own = data.filter(({ state }) => state === "ready").map(titleOf);
    set.replaceChildren(own.length ? group("Your own", own) : "",
      group("Built in", built_in.filter(({ present }) => present).map(({ name }) => name)));
    return "done";
  }

  repeat(begin, 0, signal).then(() => repeat(look, SECONDS, signal)).catch((error) => tell(failure, error.message));
  return h("section", { class: "card batch" }, h("h2", {}, "Whole sets"),
    h("p", { class: "faint" }, "For more pictures than one wants to look at: a table with a line for each, CSV or JSON lines."),
    h("form", { class: "row", onsubmit: ofSet }, h("label", {}, "Data set", set), h("label", {}, "Split", split),
      h("button", {}, "Predict them all")),
    dropZone({ title: "Or choose an archive", hint: "zip or tar of pictures, or drop a folder", give: ofFiles }, signal), how, failure, list);
}

const group = (label, names) => h("optgroup", { label }, names.map((name) => h("option", { value: name }, name)));
