// A chart of lines over one axis, which it may share with others: hovered, dragged, moved by keys, in the theme's colours.

import { h, tell } from "../parts/element.js";
import { axes, scales } from "./axes.js";
import { colour } from "./colours.js";
import { swatch } from "./swatch.js";
import { Tip } from "./tip.js";

const [NEAR, DRAG, STEP, FAR] = [8, 4, 1, 10]; // pixels from the cursor that a value may be; of a drag; points of a key's move
const PAN = 0.25; // of what is shown, for a key

const KEYS = {
  "+": ({ view }, at) => view.zoom(0.5, at),
  "=": ({ view }, at) => view.zoom(0.5, at),
  "-": ({ view }, at) => view.zoom(2, at),
  0: ({ view }) => view.reset(),
  Escape: ({ view }) => view.reset(),
  "Shift+ArrowLeft": ({ view }) => view.pan(-PAN),
  "Shift+ArrowRight": ({ view }) => view.pan(PAN),
  ArrowLeft: (chart) => chart.step(-STEP),
  ArrowRight: (chart) => chart.step(STEP),
  PageDown: (chart) => chart.step(-FAR),
  PageUp: (chart) => chart.step(FAR),
};

/**
 * `name` for people; `x` { isLog, format, title }, `y` { isLog, format, tick, range }; charts of one `group` have one cursor. Lines are
 * { name, colour, x, y, width, dash, alpha, isDots }, marks { x, text, colour }.
 */
export class Chart {
  #plot = null;
  #shape = "";
  #lines = [];
  #marks = [];
  #hidden = new Set();

  constructor({ name, height, view, x, y, group }, signal) {
    Object.assign(this, { name, height, view, x, y, group });
    this.legend = h("div", { class: "legend", role: "group", "aria-label": `Lines of ${name}` });
    this.box = h("div", { class: "plot", tabindex: 0, role: "group", "aria-roledescription": "chart", "aria-label": name,
      onkeydown: (event) => this.#press(event), onblur: () => this.#leave() });
    this.box.style.height = `${height}px`;
    this.empty = h("p", { class: "empty" }, "Nothing to draw yet");
    this.said = h("p", { class: "unseen", role: "status" });
    this.element = h("figure", { class: "chart" }, h("figcaption", {}, h("h3", {}, name), this.legend), this.box, this.said);
    this.box.append(this.empty);
    this.tip = new Tip();
    const size = new ResizeObserver(() => this.#plot?.setSize({ width: this.box.clientWidth, height }));
    size.observe(this.box);
    const redraw = () => this.#plot?.redraw();
    view.addEventListener("change", redraw, { signal });
    document.addEventListener("theme", redraw, { signal });
    signal.addEventListener("abort", () => {
      size.disconnect();
      this.#plot?.destroy();
    });
  }

  show(lines, marks = []) {
    [this.#lines, this.#marks] = [lines, marks];
    const shown = lines.filter(({ name }) => !this.#hidden.has(name));
    this.empty.hidden = lines.some(({ x }) => x.length);
    const shape = JSON.stringify([this.y.isLog, shown.map(({ name, colour, dash }) => [name, colour, dash])]);
    if (shape === this.#shape) this.#plot.setData(this.#data(shown));
    else this.#build(shown, shape);
    this.#drawLegend();
  }

  /** In words, for who does not see it. */
  describe(text) {
    this.box.setAttribute("aria-label", `${this.name}. ${text} Arrow keys read values, plus and minus zoom.`);
  }

  /** Moves the cursor by so many points, and says what is there. */
  step(by) {
    const [xs, { idx }, [first, last]] = [this.#plot.data[0], this.#plot.cursor, this.#plot.series[0].idxs];
    if (!xs.length) return;
    const to = Math.min(last, Math.max(first, (idx ?? (by > 0 ? first - by : last - by)) + by));
    this.#plot.setCursor({ left: this.#plot.valToPos(xs[to], "x"), top: 8 }, true, true);
    tell(this.said, this.tip.text);
  }

  #leave() {
    this.#plot?.setCursor({ left: -10, top: -10 }, true, true);
  }

  #press(event) {
    const action = KEYS[(event.shiftKey && event.key.startsWith("Arrow") ? "Shift+" : "") + event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey || !this.#plot) return;
    event.preventDefault();
    const { idx } = this.#plot.cursor;
    action(this, idx === null || idx === undefined ? null : this.#plot.data[0][idx]);
  }

  #data(lines) {
    const valid = (isLog) => (value) => (Number.isFinite(value) && (!isLog || value > 0) ? value : null);
    const tables = lines.map(({ x, y }) => [x, Array.from(y, valid(this.y.isLog))]);
    return tables.length ? uPlot.join(tables) : [[]];
  }

  #build(lines, shape) {
    this.#plot?.destroy();
    this.tip.hide();
    this.#shape = shape;
    this.#plot = new uPlot(this.#options(lines), this.#data(lines), this.box);
    this.tip.over(this.#plot.over);
    this.#plot.over.addEventListener("dblclick", () => this.view.reset());
    this.#plot.over.addEventListener("wheel", (event) => this.#turn(event), { passive: false });
  }

  #options(lines) {
    return {
      width: this.box.clientWidth || 300, height: this.height, padding: [8, 34, 0, 0], legend: { show: false },
      scales: scales(this),
      axes: axes(this),
      series: [{}, ...lines.map(series)],
      cursor: {
        y: false, dataIdx: nearest, drag: { x: true, y: false, setScale: false, dist: DRAG },
        points: { size: 8, width: 2, fill: () => colour("--card") },
        sync: { key: this.group, scales: ["x", null], filters: { pub: (type) => type === "mousemove", sub: () => true } },
        bind: { mousedown: (_, __, draw) => (event) => (event.shiftKey ? this.#grab(event) : event.button === 0 && draw(event)) },
      },
      hooks: { setSelect: [(plot) => this.#select(plot)], setCursor: [(plot) => this.#hover(plot, lines)],
        drawAxes: [(plot) => this.#drawMarks(plot)] },
    };
  }

  #select(plot) {
    const { left, width } = plot.select;
    if (width < DRAG) return;
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.view.set(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
  }

  /** Drags what is shown along while the button is held. */
  #grab(event) {
    const width = this.#plot.over.clientWidth;
    let before = event.clientX;
    const move = ({ clientX }) => {
      this.view.pan((before - clientX) / width);
      before = clientX;
    };
    const held = new AbortController();
    document.addEventListener("mousemove", move, { signal: held.signal });
    document.addEventListener("mouseup", () => held.abort(), { signal: held.signal });
  }

  /** A pinch, or the wheel with Control, zooms; sideways it moves. The wheel alone scrolls the page. */
  #turn(event) {
    const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) && this.view.range;
    if (!event.ctrlKey && !isSideways) return;
    event.preventDefault();
    if (isSideways) this.view.pan(event.deltaX / this.#plot.over.clientWidth);
    else this.view.zoom(1.01 ** Math.max(-50, Math.min(50, event.deltaY)), this.#plot.posToVal(event.offsetX, "x"));
  }

  #hover(plot, lines) {
    const { left, idx, idxs } = plot.cursor;
    if (left < 0 || idx === null || idx === undefined) return this.tip.hide();
    const rows = lines.flatMap((line, place) => {
      const value = plot.data[place + 1][idxs?.[place + 1] ?? -1];
      return value === null || value === undefined ? [] : [{ ...line, value: this.y.format(value) }];
    });
    const near = this.#marks.filter(({ x }) => Math.abs(plot.valToPos(x, "x") - left) < NEAR);
    this.tip.show(left, (this.x.title ?? this.x.format)(plot.data[0][idx]), rows, near.map(({ text }) => text));
  }

  #drawMarks(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    for (const mark of this.#marks) {
      const at = Math.round(plot.valToPos(mark.x, "x", true)) + 0.5;
      if (at < bbox.left || at > bbox.left + bbox.width) continue;
      ctx.strokeStyle = ctx.fillStyle = colour(mark.colour);
      ctx.beginPath();
      ctx.moveTo(at, bbox.top);
      ctx.lineTo(at, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }

  #drawLegend() {
    const names = this.#lines.map(({ name }) => name);
    if (this.legend.dataset.names === JSON.stringify(names)) return;
    this.legend.dataset.names = JSON.stringify(names);
    this.legend.hidden = names.length < 2;
    this.legend.replaceChildren(...this.#lines.map((line) => this.#toggle(line)));
  }

  #toggle(line) {
    const { name } = line;
    const button = h("button", { class: "quiet line", type: "button", "aria-pressed": String(!this.#hidden.has(name)), onclick: () => {
      this.#hidden[this.#hidden.has(name) ? "delete" : "add"](name);
      button.setAttribute("aria-pressed", String(!this.#hidden.has(name)));
      this.show(this.#lines, this.#marks);
    } }, swatch(line), name);
    return button;
  }
}

/** A line as uPlot has it. Dots are evaluations: few, and each is meant. */
function series({ name, colour: variable, width = 1.5, dash, alpha = 1, isDots }) {
  const stroke = () => colour(variable);
  const dots = { show: true, size: 8, width: 1.5, stroke: () => colour("--card"), fill: stroke };
  return { label: name, stroke, width: isDots ? 0 : width, dash, alpha, spanGaps: false, paths: isDots ? () => null : undefined,
    points: isDots ? dots : { show: false } };
}

/** The index beside `at` where a line has a value, if one is near: lines of several runs have their points at different places. */
function nearest(plot, place, at) {
  const [xs, ys] = [plot.data[0], plot.data[place]];
  if (place === 0 || at === null || at === undefined || isValue(ys[at])) return at;
  const isNear = (index) => index >= 0 && index < xs.length && Math.abs(plot.valToPos(xs[index], "x") - plot.valToPos(xs[at], "x")) < NEAR;
  for (let by = 1; isNear(at - by) || isNear(at + by); by++) {
    const found = [at - by, at + by].find((index) => isNear(index) && isValue(ys[index]));
    if (found !== undefined) return found;
  }
  return at;
}

const isValue = (value) => value !== null && value !== undefined;
