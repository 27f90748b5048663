// Pictures with words under them.

import { h } from "./element.js";
import { thumbnail } from "./thumbnail.js";

/** Of { image, alt, text, title }; without `image`, a path of the API, there is the text alone. */
export const gallery = (items, signal) => h("ul", { class: "gallery" }, items.map((item) => pictured(item, signal)));

/** One of them. */
export const pictured = ({ image, alt, text, title }, signal) =>
  h("li", { title }, image ? h("figure", {}, thumbnail(image, alt, signal), h("figcaption", {}, text)) : text);
