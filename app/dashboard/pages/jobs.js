// All jobs, the newest first: how far each is, how good, and what can be done with it.

import { h, Keyed, tell } from "../parts/element.js";
import { get } from "../service/api.js";
import { bestOf, datasetOf, nameOf, STATES } from "../service/jobs.js";
import { repeat } from "../service/live.js";
import { row } from "./jobs/row.js";

const [SECONDS, PAGE] = [2, 50]; // between looks; jobs that are looked at

const ORDERS = {
  newest: (one, other) => other.created_at.localeCompare(one.created_at),
  "best accuracy": (one, other) => (bestOf(other)?.accuracy ?? -1) - (bestOf(one)?.accuracy ?? -1),
  progress: (one, other) => share(other) - share(one),
  name: (one, other) => nameOf(one).localeCompare(nameOf(other)),
};

const nothing = () => ["Nothing has been trained yet. ", h("a", { href: "#/new" }, "Start with a new job.")];

const share = ({ progress }) => progress.step / Math.max(1, progress.steps);

export async function page(_, signal) {
  const wanted = { state: "", text: "", order: "newest", shown: PAGE };
  const chosen = new Set(); // to be compared
  const list = h("ul", { class: "cards", "aria-label": "Jobs" });
  const empty = h("p", { class: "empty" });
  const more = h("button", { hidden: true, onclick: () => change("shown", wanted.shown + PAGE) }, "Show more");
  const compare = h("a", { class: "button", hidden: true }, "Compare");
  const rows = new Keyed(list, (job) => job.id, (job) => row(job, { choose, look: lookSoon }, signal));

  function choose(id, isChosen) {
    chosen[isChosen ? "add" : "delete"](id);
    compare.hidden = chosen.size < 2;
    compare.href = `#/compare?jobs=${[...chosen].join(",")}`;
    tell(compare, `Compare ${chosen.size}`);
  }

  async function look() {
    const { data, has_more } = await jobs(wanted, signal);
    const found = data.filter(fits(wanted.text)).sort(ORDERS[wanted.order]);
    rows.show(found);
    more.hidden = !has_more;
    const isFiltered = wanted.state || wanted.text;
    empty.hidden = found.length > 0;
    empty.replaceChildren(...(isFiltered ? ["No job is like that."] : nothing()));
  }

  const lookSoon = () => look().catch(() => null); // while the server is away, the next look will do

  function change(name, value) {
    wanted[name] = value;
    lookSoon();
  }

  await look();
  repeat(look, SECONDS, signal);
  const tools = h("div", { class: "filters" }, filters(change), h("span", { class: "grow" }), compare,
    h("a", { class: "button primary", href: "#/new" }, "New job"));
  return { title: "Jobs", element: h("div", {}, h("h1", {}, "Jobs"), tools, list, empty, more) };
}

/** `change(name, value)` hears what is wanted. */
const filters = (change) => [
  h("label", {}, "State", choice(["", ...STATES], "any", (value) => change("state", value))),
  h("label", {}, "Find", h("input", { type: "search", placeholder: "name, data set, label", oninput: ({ target }) => change("text", target.value) })),
  h("label", {}, "Order", choice(Object.keys(ORDERS), "", (value) => change("order", value))),
];

const choice = (values, unset, choose) => h("select", { onchange: ({ target }) => choose(target.value) },
  values.map((value) => h("option", { value }, value || unset)));

/** As many as are shown, in pages of what the API gives at once. */
async function jobs({ state, shown }, signal) {
  const found = { data: [], has_more: true };
  for (let after; found.has_more && found.data.length < shown; ) {
    const page = await get("/jobs", { state, after, limit: Math.min(200, shown - found.data.length) }, signal);
    found.data.push(...page.data);
    [found.has_more, after] = [page.has_more, page.next_after];
  }
  return found;
}

function fits(text) {
  const wanted = text.toLowerCase();
  return (job) => [job.id, nameOf(job), datasetOf(job), ...Object.entries(job.labels).map((pair) => pair.join(":"))]
    .some((each) => each?.toLowerCase().includes(wanted));
}
