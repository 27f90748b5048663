// A drawing: strokes of a pen, and the picture that they make at any size.

/** Pixels a side of what is drawn on. */
export const SIDE = 280;

export class Strokes {
  #strokes = []; // { width, points: [[x, y], ...] }

  /** `isLightOnDark`: white on black, as the pictures are that a model may know. */
  constructor(isLightOnDark) {
    [this.paper, this.ink] = isLightOnDark ? ["#000", "#fff"] : ["#fff", "#000"];
  }

  get isEmpty() {
    return this.#strokes.length === 0;
  }

  begin(width, point) {
    this.#strokes.push({ width, points: [point] });
  }

  /** The last one goes on to there. */
  extend(point) {
    this.#strokes.at(-1).points.push(point);
  }

  undo() {
    this.#strokes.pop();
  }

  clear() {
    this.#strokes = [];
  }

  /** On a canvas of SIDE pixels. */
  paint(context) {
    context.fillStyle = this.paper;
    context.fillRect(0, 0, SIDE, SIDE);
    [context.strokeStyle, context.lineCap, context.lineJoin] = [this.ink, "round", "round"];
    for (const { width, points } of this.#strokes) {
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(...points[0]);
      points.forEach((point) => context.lineTo(...point));
      context.stroke();
    }
  }

  /** As a PNG, `size` pixels a side. */
  picture(size) {
    const whole = new OffscreenCanvas(SIDE, SIDE);
    this.paint(whole.getContext("2d"));
    const canvas = new OffscreenCanvas(size, size);
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(whole, 0, 0, size, size);
    return canvas.convertToBlob({ type: "image/png" });
  }
}
