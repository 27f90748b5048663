// The shell: which page an address means, what is said when the server is away or wants a key, notices.

import { h, tell } from "./parts/element.js";
import { connection, forgetKey, setKey } from "./service/api.js";

/** An address after `#`, and the module whose `page(parameters, signal)` gives { title, element }. */
const PAGES = [
  { path: "/jobs", name: "Jobs", module: "./pages/jobs.js" },
  { path: "/jobs/{id}", module: "./pages/job.js" },
  { path: "/new", name: "New job", module: "./pages/new.js" },
  { path: "/compare", name: "Compare", module: "./pages/compare.js" },
  { path: "/try", name: "Try it", module: "./pages/try.js" },
  { path: "/datasets", name: "Data sets", module: "./pages/datasets.js" },
  { path: "/datasets/{name}", module: "./pages/dataset.js" },
];

const content = document.getElementById("content");
const navigation = document.getElementById("navigation");
let leaving = new AbortController();

function wanted() {
  const [path, query] = (location.hash.slice(1) || "/jobs").split("?");
  const given = path.split("/").filter(Boolean);
  for (const page of PAGES) {
    const parts = page.path.split("/").filter(Boolean);
    if (parts.length !== given.length) continue;
    const parameters = Object.fromEntries(new URLSearchParams(query));
    const fits = parts.every((part, place) => {
      if (!part.startsWith("{")) return part === given[place];
      parameters[part.slice(1, -1)] = decodeURIComponent(given[place]);
      return true;
    });
    if (fits) return { page, parameters };
  }
  return null;
}

/** Leaves the page that is open, which ends all that it does, and opens the one that the address means. */
async function open() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const found = wanted();
  drawNavigation(found?.page);
  if (!found) return fill("Not found", h("p", {}, "There is no such page. ", h("a", { href: "#/jobs" }, "To the jobs")));
  try {
    const { page } = await import(found.page.module);
    const { title, element } = await page(found.parameters, signal);
    if (!signal.aborted) fill(title, element);
  } catch (error) {
    if (error.name !== "AbortError" && !signal.aborted) fill("That did not work", failure(error));
  }
}

function fill(title, element) {
  document.title = `${title} · Trainshed`;
  content.replaceChildren(element);
  content.focus({ preventScroll: true });
  scrollTo(0, 0);
}

const failure = (error) => h("section", { class: "card" }, h("h1", {}, "That did not work"), h("p", {}, error.message),
  h("button", { onclick: open }, "Try again"));

function drawNavigation(current) {
  navigation.replaceChildren(...PAGES.filter(({ name }) => name).map(({ path, name }) =>
    h("a", { href: `#${path}`, "aria-current": current?.path === path ? "page" : null }, name)));
}

const banner = document.getElementById("connection");
connection.addEventListener("away", ({ detail }) => tell(banner, `${detail} What is shown may be old; it goes on by itself.`));
connection.addEventListener("back", () => tell(banner, ""));
connection.addEventListener("locked", () => {
  leaving.abort();
  fill("A key is needed", keyForm(forgetKey()));
});

function keyForm(wasRefused) {
  const key = h("input", { type: "password", name: "key", autocomplete: "current-password", required: true,
    pattern: "[!-~]+", title: "Letters, digits and signs, without spaces" });
  const keep = h("input", { type: "checkbox", name: "keep" });
  const submit = (event) => {
    event.preventDefault();
    setKey(key.value.trim(), keep.checked);
    open();
  };
  return h("form", { class: "card narrow", onsubmit: submit }, h("h1", {}, "A key is needed"),
    h("p", {}, "This server answers only those who have one of its keys (TRAINSHED_API_KEYS)."),
    wasRefused && h("p", { class: "error", role: "alert" }, "What was given is none of them."),
    h("label", {}, "Key", key), h("label", { class: "inline" }, keep, "Keep it in this browser"),
    h("button", { class: "primary" }, "Go on"));
}

addEventListener("hashchange", open);
open();
