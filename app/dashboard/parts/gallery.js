// Pictures with a line of text each.

import { picture } from "../service/api.js";
import { h } from "./element.js";

const BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACw="; // until the picture has come

/** Items are { image, text, alt }; without `image`, a path of the API, there is the text alone. Pictures come when they are seen. */
export function gallery(items, signal) {
  const seen = new IntersectionObserver((entries) => entries.filter(({ isIntersecting }) => isIntersecting).forEach(({ target }) => {
    seen.unobserve(target);
    load(target, signal);
  }), { rootMargin: "200px" });
  signal.addEventListener("abort", () => seen.disconnect());
  return h("ul", { class: "gallery" }, items.map(({ image, text, alt }) => {
    const shown = image && h("img", { alt, src: BLANK, "data-path": image, width: 96, height: 96 });
    if (shown) seen.observe(shown);
    return h("li", {}, shown, h("span", {}, text));
  }));
}

async function load(element, signal) {
  try {
    const url = await picture(element.dataset.path, signal);
    element.onload = () => URL.revokeObjectURL(url);
    element.src = url;
  } catch (error) {
    if (error.name !== "AbortError") element.replaceWith(h("span", { class: "faint" }, error.message));
  }
}
