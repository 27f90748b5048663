// A job's series: all of it in a few thousand points that keep its extremes, as it grows, and one stretch of it closer.

import { get, Problem } from "../service/api.js";
import { repeat } from "../service/live.js";
import { Points } from "./points.js";

const [WHOLE, MOST, PAGE] = [3000, 6000, 5000]; // points when loaded; until they are thinned out again; of one look
const [WAIT, SECONDS] = [2, 0.2]; // seconds that a look waits for news; between looks

export class Series {
  #whole = null;
  #close = null; // Points of a stretch, in more detail
  #stretch = null; // [after, until], in steps
  #columns = new Map();
  #isStale = true;
  attempt = 0;

  constructor(id) {
    this.path = `/jobs/${id}/metrics`;
  }

  get last() {
    return this.#whole?.last ?? 0;
  }

  /** What is new since the last look; true when the job has ended and all of it is here. */
  async look(signal) {
    if (this.#isStale) return this.#load(signal);
    const answer = await get(this.path, { after: this.last, limit: PAGE, wait: WAIT }, signal);
    const isAnother = answer.attempt !== this.attempt || answer.last_step < this.last; // a run that goes back trains steps again
    const isTooLong = this.#whole.length > MOST || answer.last_step - answer.next_after > PAGE;
    if (this.#isStale || isAnother || isTooLong) return this.#load(signal);
    this.#whole.append(answer.points);
    this.#columns.clear();
    return answer.complete;
  }

  /** Has the next look read everything anew: the run went back to a checkpoint. */
  forget() {
    this.#isStale = true;
  }

  async #load(signal) {
    this.#isStale = false;
    const answer = await get(this.path, { max_points: WHOLE }, signal).catch((error) => {
      this.#isStale = true;
      throw error;
    });
    [this.#whole, this.attempt] = [Points.of(answer.points), answer.attempt];
    this.#columns.clear();
    this.#close = null;
    if (this.#stretch) await this.closer(...this.#stretch, signal);
    return answer.complete;
  }

  /** Reads the steps from `after` + 1 to `until` in as many points as the whole has. */
  async closer(after, until, signal) {
    this.#stretch = [after, until];
    const { points } = await get(this.path, { after, until, max_points: WHOLE }, signal);
    if (this.#stretch?.[0] !== after || this.#stretch[1] !== until) return; // another was asked for meanwhile
    this.#close = Points.of(points);
    this.#columns.clear();
  }

  /** The whole alone again. */
  farther() {
    [this.#stretch, this.#close] = [null, null];
    this.#columns.clear();
  }

  /** Every point that is here, the closer stretch in its place. */
  column(name) {
    if (!this.#columns.has(name)) this.#columns.set(name, this.#column(name));
    return this.#columns.get(name);
  }

  #column(name) {
    if (!this.#whole) return new Float64Array();
    const whole = this.#whole.column(name);
    if (!this.#close?.length) return whole.slice();
    const before = whole.subarray(0, this.#whole.upTo(this.#stretch[0]));
    const after = whole.subarray(this.#whole.upTo(this.#close.last));
    const joined = new Float64Array(before.length + this.#close.length + after.length);
    joined.set(before);
    joined.set(this.#close.column(name), before.length);
    joined.set(after, before.length + this.#close.length);
    return joined;
  }
}

/** Looks until the job has ended, and calls `draw` each time. A job that is gone ends it too: who reads its record says so. */
export function follow(series, draw, signal) {
  return repeat(async () => {
    const isDone = await series.look(signal);
    draw();
    return isDone && "done";
  }, SECONDS, signal).catch((error) => {
    if (!(error instanceof Problem)) throw error;
  });
}
