// Detail where a view looks: what is shown, and as much on both sides, is read again in as many points as the whole has.

import { repeat } from "../service/live.js";
import { place } from "./points.js";

const [REST, AGAIN] = [0.12, 1]; // seconds that a view rests before anything is read; between tries while the server is away

/** `xs(series)` is where the points of one of `all` lie on the view's axis; `draw` shows what has come. */
export function closeup(view, all, xs, draw, signal) {
  let moving = new AbortController();
  view.addEventListener("change", () => {
    moving.abort();
    moving = new AbortController();
    const either = AbortSignal.any([signal, moving.signal]);
    setTimeout(() => either.aborted || repeat(() => read(either), AGAIN, either), REST * 1000);
  }, { signal });

  async function read(either) {
    if (view.range) await Promise.all(all.map((series) => series.closer(...steps(series), either)));
    else all.forEach((series) => series.farther());
    draw();
    return "done";
  }

  /** [after, until] of three times the width that is shown. */
  function steps(series) {
    const [x, column] = [xs(series), series.column("step")];
    const ends = [place(x, view.range[0]) - 1, place(x, view.range[1], true)];
    const [from, to] = ends.map((at) => column[Math.max(0, Math.min(at, x.length - 1))] ?? 0);
    return [Math.max(0, 2 * from - to), Math.max(1, 2 * to - from)];
  }
}
