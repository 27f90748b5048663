// Files that are handed over: dropped, chosen by a button, or pasted.

import { h } from "../parts/element.js";

/**
 * A zone that is a button too. `give(files)` gets [{ path, file }], of a folder all that is in it; `folders` has a button to
 * choose one. `everywhere`: what is dropped anywhere on the page, or pasted, counts as well, until `signal` fires.
 */
export function dropZone({ title, hint, accept, multiple = true, folders = false, everywhere = false, give }, signal) {
  const files = input({ accept, multiple, "aria-label": title }, give);
  const folder = input({ webkitdirectory: true, "aria-label": "Choose a folder" }, give);
  const zone = h("button", { type: "button", class: "drop", onclick: () => files.click() }, h("strong", {}, title), h("span", {}, hint));
  const on = (name, listen) => (everywhere ? document : zone).addEventListener(name, listen, { signal });
  on("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    if (!everywhere) event.stopPropagation(); // another zone may take what is dropped elsewhere
    zone.classList.add("over");
  });
  on("dragleave", ({ relatedTarget, target }) => (relatedTarget === null || target === zone) && zone.classList.remove("over"));
  on("drop", async (event) => {
    event.preventDefault();
    if (!everywhere) event.stopPropagation();
    zone.classList.remove("over");
    give(await dropped(event.dataTransfer));
  });
  if (everywhere) {
    on("paste", ({ clipboardData }) => clipboardData.files.length && give([...clipboardData.files].map(named)));
  }
  const button = folders && h("button", { type: "button", class: "quiet", onclick: () => folder.click() }, "Choose a folder");
  return h("div", { class: "drop-zone" }, zone, button, files, folders && folder);
}

function input(properties, give) {
  const made = h("input", { type: "file", hidden: true, ...properties });
  made.onchange = () => {
    give([...made.files].map(named));
    made.value = ""; // the same file can be chosen again
  };
  return made;
}

const named = (file) => ({ path: file.webkitRelativePath || file.name, file });

async function dropped({ items, files }) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...files].map(named);
  return (await Promise.all(entries.map(within))).flat();
}

async function within(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ path: entry.fullPath.replace(/^\//, ""), file }];
  }
  const reader = entry.createReader();
  const found = [];
  for (let some; (some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))).length; ) found.push(...some);
  return (await Promise.all(found.map(within))).flat(); // a reader gives a hundred at a time, and none at the end
}
