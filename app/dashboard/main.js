// The shell: which page an address means, and what is said when the server is away or wants a key.

import { h, tell } from "./parts/element.js";
import { connection, forgetKey } from "./service/api.js";
import { repeat } from "./service/live.js";
import { meant } from "./shell/address.js";
import { keyForm } from "./shell/key.js";

/** Addresses after `#`; the module pages/<page>.js has `page(parameters, signal)`, which gives { title, element }. */
const PAGES = [
  { path: "/jobs", page: "jobs", name: "Jobs" },
  { path: "/jobs/{id}", page: "job" },
  { path: "/new", page: "new", name: "New job" },
  { path: "/compare", page: "compare", name: "Compare" },
  { path: "/try", page: "try", name: "Try it" },
  { path: "/datasets", page: "datasets", name: "Data sets" },
  { path: "/datasets/{name}", page: "dataset" },
];

const content = document.getElementById("content");
const navigation = document.getElementById("navigation");
const banner = document.getElementById("connection");
let leaving = new AbortController();

/** Leaves the page that is open, which ends all that it does, and opens the one that the address means. */
async function open() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  try {
    const found = meant(location.hash || "#/jobs", PAGES);
    drawNavigation(found?.page.path ?? "");
    if (!found) return fill("Not found", h("p", { class: "empty" }, "There is no such page. ", h("a", { href: "#/jobs" }, "To the jobs")));
    const { page } = await import(`./pages/${found.page.page}.js`);
    await repeat(async () => {
      const { title, element } = await page(found.parameters, signal);
      if (!signal.aborted) fill(title, element, found.page.page);
      return "done";
    }, 0, signal);
  } catch (error) {
    if (error.name !== "AbortError" && !signal.aborted) fill("That did not work", failure(error));
  }
}

/** A page's own styles begin with `.<page>-page`. */
function fill(title, element, page = "no") {
  document.title = `${title} · Trainshed`;
  content.className = `${page}-page`;
  content.replaceChildren(element);
  content.focus({ preventScroll: true });
  scrollTo(0, 0);
}

const failure = (error) => h("section", { class: "card" }, h("h1", {}, "That did not work"), h("p", {}, error.message),
  h("button", { onclick: open }, "Try again"));

function drawNavigation(current) {
  const place = (path) => (current === path ? "page" : current.startsWith(`${path}/`) ? "true" : null);
  navigation.replaceChildren(...PAGES.filter(({ name }) => name).map(({ path, name }) => h("a", { href: `#${path}`,
    "aria-current": place(path) }, name)));
}

connection.addEventListener("away", ({ detail }) => tell(banner, `${detail} What is shown may be old; it goes on by itself.`));
connection.addEventListener("back", () => tell(banner, ""));
connection.addEventListener("locked", () => {
  leaving.abort();
  fill("A key is needed", keyForm(forgetKey(), open));
});
addEventListener("hashchange", open);
open();
