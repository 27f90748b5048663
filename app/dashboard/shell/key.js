// What is asked of a browser that has no key, or a wrong one.

import { h } from "../parts/element.js";
import { setKey } from "../service/api.js";

/** A form; `wasRefused` where there was one already. `go()` tries again with the new one. */
export function keyForm(wasRefused, go) {
  const key = h("input", { type: "password", name: "key", autocomplete: "current-password", required: true,
    pattern: "[!-~]+", title: "Letters, digits and signs, without spaces" });
  const keep = h("input", { type: "checkbox", name: "keep" });
  const submit = (event) => {
    event.preventDefault();
    setKey(key.value.trim(), keep.checked);
    go();
  };
  return h("form", { class: "card narrow", onsubmit: submit }, h("h1", {}, "A key is needed"),
    h("p", {}, "This server answers only those who have one of its keys (TRAINSHED_API_KEYS)."),
    wasRefused && h("p", { class: "error", role: "alert" }, "What was given is none of them."),
    h("label", {}, "Key", key), h("label", { class: "inline" }, keep, "Keep it in this browser"),
    h("button", { class: "primary" }, "Go on"));
}
