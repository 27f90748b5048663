// The stretch of an axis that several charts show together.

/** Fires "change". `whole` gives [min, max] of all there is; an axis that `isLog` is moved along by ratios. */
export class View extends EventTarget {
  range = null; // null: the whole, however it grows

  constructor(whole, { isLog = false, smallest = 0 } = {}) {
    super();
    [this.whole, this.smallest] = [whole, smallest];
    [this.to, this.from] = isLog ? [Math.log, Math.exp] : [(value) => value, (value) => value];
  }

  /** [min, max] that is shown; null while there is nothing to show. */
  get shown() {
    return this.range ?? this.whole();
  }

  set(min, max) {
    this.#move(this.to(min), this.to(max));
  }

  reset() {
    this.range = null;
    this.dispatchEvent(new Event("change"));
  }

  /** A factor below 1 shows less; `at`, a value, stays where it is: the middle if nothing else is said. */
  zoom(factor, at = null) {
    if (!this.shown) return;
    const [min, max] = this.shown.map(this.to);
    const middle = at === null ? (min + max) / 2 : this.to(at);
    this.#move(middle - (middle - min) * factor, middle + (max - middle) * factor);
  }

  /** By a share of what is shown; to the right if positive. */
  pan(share) {
    if (!this.range) return;
    const [min, max] = this.range.map(this.to);
    const by = (max - min) * share;
    this.#move(min + by, max + by);
  }

  #move(min, max) {
    const whole = this.whole()?.map(this.to);
    if (!whole) return;
    const all = whole[1] - whole[0];
    const width = Math.min(all, Math.max(max - min, this.smallest));
    const start = Math.min(Math.max(min, whole[0]), whole[1] - width);
    this.range = width >= all ? null : [this.from(start), this.from(start + width)];
    this.dispatchEvent(new Event("change"));
  }
}
