// Names that mean a model, and can be moved to it from another.

import { h, tell } from "../../parts/element.js";
import { get, Problem, send } from "../../service/api.js";
import { notice } from "../../shell/notice.js";

const USUAL = "production";
const NONE = "None yet. Predictions can ask for a name, and never learn that the model behind it changed.";

export function aliases({ job_id, aliases: first }) {
  const list = h("ul", { class: "names" });
  const wrong = h("span", { class: "error", id: "alias-wrong", role: "alert" });
  const name = h("input", { value: USUAL, required: true, autocomplete: "off", "aria-describedby": "alias-wrong", oninput: () => mark("") });

  function mark(message) {
    tell(wrong, message);
    name.setAttribute("aria-invalid", String(Boolean(message)));
  }

  function show(names) {
    list.replaceChildren(...(names.length ? names.map(line) : [h("li", { class: "faint" }, NONE)]));
  }

  const line = (alias) => h("li", {}, h("strong", {}, alias),
    h("button", { class: "quiet", type: "button", "aria-label": `Take ${alias} away`, onclick: () => take(alias) }, "Take away"));

  async function take(alias) {
    if (!confirm(`Take the name ${alias} away? Predictions that ask for it will fail.`)) return;
    await say(() => send("DELETE", `/aliases/${encodeURIComponent(alias)}`), `${alias} means nothing now`);
  }

  async function set(event) {
    event.preventDefault();
    await say(() => send("PUT", `/aliases/${encodeURIComponent(name.value)}`, { job: job_id }), `${name.value} is this model now`);
  }

  async function say(act, done) {
    try {
      await act();
      notice(done);
      show((await get("/aliases")).data.filter((each) => each.job_id === job_id).map(({ alias }) => alias));
      mark("");
    } catch (error) {
      if (error instanceof Problem && error.errors.length) mark(error.errors[0].message);
      else notice(error.message, "bad");
    }
  }

  show(first);
  return h("div", { class: "stack" }, list, h("form", { class: "row", onsubmit: set },
    h("label", { class: "inline" }, "Name", name), h("button", {}, "Give it to this model"), wrong));
}
