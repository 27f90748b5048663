// Pictures of the service, each fetched when it is about to be seen.

import { picture } from "../service/api.js";
import { h } from "./element.js";

const MARGIN = "300px"; // around what is seen
const PIXELATED = 64; // pixels, up to which single ones are shown
const BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="; // until the picture has come

const fetched = new WeakMap();
const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    observer.unobserve(target);
    fetched.get(target)();
  }
}, { rootMargin: MARGIN });

/** An <img> of what the API has at `path`; `alt` says it in words. */
export function thumbnail(path, alt, signal) {
  const image = h("img", { class: "thumbnail", alt, src: BLANK });
  image.onload = () => {
    image.classList.toggle("pixelated", image.naturalWidth <= PIXELATED);
    URL.revokeObjectURL(image.src);
  };
  fetched.set(image, async () => {
    try {
      image.src = await picture(path, signal);
    } catch (error) {
      image.title = error.message;
    }
  });
  observer.observe(image);
  signal.addEventListener("abort", () => observer.unobserve(image));
  return image;
}
