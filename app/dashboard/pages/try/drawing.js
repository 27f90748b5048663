// A picture that is drawn: with a mouse, a finger, a pen, or the arrow keys.

import { h } from "../../parts/element.js";
import { SIDE, Strokes } from "./strokes.js";

const STEP = 8; // pixels that an arrow key moves the pen
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * An element. `give(pictures)` gets the one that is drawn at each change, `size` pixels a side and gray; `isLightOnDark`
 * as the pictures are that the model knows.
 */
export function drawing({ size, isLightOnDark }, give) {
  const strokes = new Strokes(isLightOnDark);
  const canvas = h("canvas", { class: "paper", width: SIDE, height: SIDE, tabindex: 0, role: "application",
    "aria-label": "Drawing. Arrow keys move the pen, with shift they draw." });
  const pen = h("input", { type: "range", min: 4, max: 48, value: 20 });
  const button = (name, act) => h("button", { type: "button", onclick: () => change(act) }, name);
  const [undo, clear] = [button("Undo", () => strokes.undo()), button("Clear", () => strokes.clear())];
  let turn = 0;

  function change(act) {
    act();
    undo.disabled = clear.disabled = strokes.isEmpty;
    strokes.paint(canvas.getContext("2d"));
    send();
  }

  async function send() {
    const mine = ++turn;
    if (strokes.isEmpty) return;
    const blob = await strokes.picture(size);
    if (mine === turn) give([{ key: "drawing", name: "your drawing", file: new File([blob], "drawing.png", { type: blob.type }) }]);
  }

  drawnByPointer(canvas, strokes, () => Number(pen.value), change);
  drawnByKeys(canvas, strokes, () => Number(pen.value), change);
  change(() => null);
  return h("div", { class: "drawing" }, canvas, h("div", { class: "row" }, h("label", { class: "inline" }, "Pen", pen), undo, clear));
}

function drawnByPointer(canvas, strokes, width, change) {
  const at = ({ offsetX, offsetY }) => [offsetX, offsetY].map((value) => (value * SIDE) / canvas.clientWidth);
  let isDown = false;
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    isDown = true;
    change(() => strokes.begin(width(), at(event)));
  };
  canvas.onpointermove = (event) => isDown && change(() => strokes.extend(at(event)));
  canvas.onpointerup = canvas.onpointercancel = () => (isDown = false);
}

/** A frame shows where the pen is while the canvas has the focus of the keys. */
function drawnByKeys(canvas, strokes, width, change) {
  let place = [SIDE / 2, SIDE / 2];
  const frame = () => canvas.matches(":focus-visible") && show(canvas.getContext("2d"), place);

  function move(by, isDrawing) {
    const from = place;
    place = place.map((value, axis) => Math.min(SIDE, Math.max(0, value + by[axis] * STEP)));
    change(() => isDrawing && [strokes.begin(width(), from), strokes.extend(place)]);
    frame();
  }

  canvas.onkeydown = (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "z") return change(() => strokes.undo());
    if (!(event.key in ARROWS)) return null;
    event.preventDefault();
    return move(ARROWS[event.key], event.shiftKey);
  };
  canvas.onfocus = frame;
  canvas.onblur = () => strokes.paint(canvas.getContext("2d"));
}

function show(context, [x, y]) {
  [context.strokeStyle, context.lineWidth] = ["#888", 2];
  context.strokeRect(x - 6, y - 6, 12, 12);
}
