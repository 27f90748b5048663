// A picture that is drawn: with a mouse, a finger, a pen, or the arrow keys.

import { h } from "../../parts/element.js";

const SIDE = 280; // pixels of the canvas
const STEP = 8; // pixels that an arrow key moves the pen
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * An element. `give(pictures)` gets the one that is drawn at each change, `size` pixels a side and gray; `isLightOnDark`
 * as the pictures are that the model knows.
 */
export function drawing({ size, isLightOnDark }, give) {
  const [paper, ink] = isLightOnDark ? ["#000", "#fff"] : ["#fff", "#000"];
  const canvas = h("canvas", { class: "paper", width: SIDE, height: SIDE, tabindex: 0, role: "application",
    "aria-label": "Drawing. Arrow keys move the pen, with shift they draw." });
  const pen = h("input", { type: "range", min: 4, max: 48, value: 20 });
  const undo = h("button", { type: "button", onclick: back }, "Undo");
  const clear = h("button", { type: "button", onclick: () => ((strokes = []), draw()) }, "Clear");
  const context = canvas.getContext("2d");
  let strokes = []; // { width, points: [[x, y], ...] }
  let [stroke, place, turn] = [null, [SIDE / 2, SIDE / 2], 0];

  function draw() {
    paint(context, strokes, paper, ink);
    undo.disabled = clear.disabled = !strokes.length;
    if (canvas.matches(":focus-visible") && !stroke) cursor();
    send();
  }

  function cursor() {
    context.strokeStyle = "#888";
    context.lineWidth = 2;
    context.strokeRect(place[0] - 6, place[1] - 6, 12, 12);
  }

  async function send() {
    const mine = ++turn;
    if (!strokes.length) return;
    const blob = await small(strokes, size, paper, ink);
    if (mine === turn) give([{ key: "drawing", name: "your drawing", file: new File([blob], "drawing.png", { type: blob.type }) }]);
  }

  function begin(at) {
    stroke = { width: Number(pen.value), points: [at] };
    strokes.push(stroke);
  }

  function back() {
    strokes.pop();
    draw();
  }

  const at = ({ offsetX, offsetY }) => [offsetX, offsetY].map((value) => (value * SIDE) / canvas.clientWidth);
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    begin(at(event));
    draw();
  };
  canvas.onpointermove = (event) => {
    if (!stroke) return;
    stroke.points.push(at(event));
    draw();
  };
  canvas.onpointerup = canvas.onpointercancel = () => {
    stroke = null;
    draw();
  };
  canvas.onkeydown = (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "z") return back();
    const move = ARROWS[event.key];
    if (!move) return undefined;
    event.preventDefault();
    const from = place;
    place = place.map((value, axis) => Math.min(SIDE, Math.max(0, value + move[axis] * STEP)));
    if (event.shiftKey) {
      begin(from);
      stroke.points.push(place);
      stroke = null;
    }
    return draw();
  };
  canvas.onfocus = canvas.onblur = draw;
  draw();
  return h("div", { class: "drawing" }, canvas, h("div", { class: "row" }, h("label", { class: "inline" }, "Pen", pen), undo, clear));
}

function paint(context, strokes, paper, ink) {
  context.fillStyle = paper;
  context.fillRect(0, 0, SIDE, SIDE);
  [context.strokeStyle, context.lineCap, context.lineJoin] = [ink, "round", "round"];
  for (const { width, points } of strokes) {
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(...points[0]);
    points.forEach((point) => context.lineTo(...point));
    context.stroke();
  }
}

/** As PNG, `size` pixels a side. */
function small(strokes, size, paper, ink) {
  const large = new OffscreenCanvas(SIDE, SIDE);
  paint(large.getContext("2d"), strokes, paper, ink);
  const canvas = new OffscreenCanvas(size, size);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(large, 0, 0, size, size);
  return canvas.convertToBlob({ type: "image/png" });
}
