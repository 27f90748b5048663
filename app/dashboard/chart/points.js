// Points of a series in columns of numbers: quick to draw, cheap to keep, easy to cut.

const COLUMNS = ["step", "epoch", "loss", "accuracy", "learning_rate", "images_per_second", "time", "mean_loss", "mean_accuracy"];

/** By rising step. A value that was not finite is NaN. Of points that were thinned out, the means stand for all around them. */
export class Points {
  #columns = Object.fromEntries(COLUMNS.map((name) => [name, new Float64Array(1024)]));
  length = 0;

  /** Of the API's points. */
  static of(points) {
    const made = new Points();
    made.append(points);
    return made;
  }

  /** The step of the last, 0 if there is none. */
  get last() {
    return this.length ? this.#columns.step[this.length - 1] : 0;
  }

  column(name) {
    return this.#columns[name].subarray(0, this.length);
  }

  append(points) {
    const length = this.length + points.length;
    for (const name of COLUMNS) {
      this.#columns[name] = roomy(this.#columns[name], length);
      const whole = name.replace("mean_", "");
      points.forEach((point, place) => (this.#columns[name][this.length + place] = point[name] ?? point[whole] ?? NaN));
    }
    this.length = length;
  }

  /** How many have no higher step. */
  upTo(step) {
    return place(this.column("step"), step, true);
  }
}

/** Where a value belongs in a rising column: before its equals, or after them. */
export function place(column, value, isAfter = false) {
  let [low, high] = [0, column.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (column[middle] < value || (isAfter && column[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function roomy(column, length) {
  if (length <= column.length) return column;
  const wider = new Float64Array(2 ** Math.ceil(Math.log2(length)));
  wider.set(column);
  return wider;
}
