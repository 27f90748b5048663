// A block: its maps drawn, its widths typed into, moved by its grip, its arrows or Alt and an arrow key.

import { control } from "../../form/controls.js";
import { range } from "../../form/schema.js";
import { h, tell } from "../../parts/element.js";
import { title } from "../../parts/format.js";
import { drawing } from "./map.js";

const KEYS = { ArrowLeft: -1, ArrowRight: 1 };

/** `moves` is { change(place, name, value), move(from, to, direction), remove(place), drag(place), drop(place) }. */
export function card(form, schema, place, moves) {
  const widths = ["convolutions", "channels"].map((name) => number(schema, place, name, moves.change));
  const special = details(schema, place, moves.change);
  const map = drawing();
  const button = (text, label, onclick) => h("button", { type: "button", class: "quiet",
    "aria-label": `${label} block ${place + 1}`, title: label, onclick }, text);
  const left = button("←", "Move left", () => moves.move(place, place - 1, "left"));
  const right = button("→", "Move right", () => moves.move(place, place + 1, "right"));
  const grip = h("span", { class: "grip", title: "Drag to move", "aria-hidden": "true", draggable: "true" }, "⠿");
  const element = h("li", { class: "block", "aria-label": `Block ${place + 1}`, onkeydown: pressed(place, moves) },
    h("div", { class: "head" }, grip, h("strong", {}, String(place + 1)), h("span", { class: "grow" }),
      button("✕", "Remove", () => moves.remove(place))),
    map.element,
    h("div", { class: "widths" }, widths[0].element, h("span", { "aria-hidden": "true" }, "×"), widths[1].element),
    form.places.at(`/architecture/blocks/${place}`, widths[1].element),
    special.element, h("div", { class: "moves" }, left, right));
  drags(element, grip, place, moves);

  function update(value, count) {
    widths.forEach(({ name, show }) => show(value[name]));
    special.update(value);
    [left.disabled, right.disabled] = [place === 0, place === count - 1];
  }

  /** To what moved it, where it can be moved on, or to its channels. */
  function focus(direction) {
    const ends = { left: [left, right], right: [right, left] }[direction] ?? [];
    (ends.find(({ disabled }) => !disabled) ?? widths[1].element).focus();
  }

  return { element, update, draw: map.draw, focus };
}

const pressed = (place, { move }) => (event) => {
  if (!event.altKey || !(event.key in KEYS)) return;
  event.preventDefault();
  move(place, place + KEYS[event.key], KEYS[event.key] < 0 ? "left" : "right");
};

function number(schema, place, name, change) {
  const made = control({ ...schema.properties[name], isOptional: false }, `block-${place}-${name}`, (value) => change(place, name, value));
  made.element.setAttribute("aria-label", `${title(name)} of block ${place + 1}`);
  return { name, ...made };
}

/** What a block seldom has otherwise than usual: every field of the schema beside its widths. */
function details(schema, place, change) {
  const names = Object.keys(schema.properties).filter((name) => !schema.required.includes(name));
  const inputs = names.map((name) => number(schema, place, name, change));
  const noPool = h("input", { type: "checkbox", onchange: () => change(place, "pool", noPool.checked ? null : undefined) });
  const summary = h("summary", {});
  const element = h("details", { class: "special" }, summary,
    inputs.map(({ name, element: input }) => h("label", {},
      h("span", {}, title(name), " ", h("span", { class: "range" }, range(schema.properties[name]))), input)),
    h("label", { class: "inline" }, noPool, "No pooling"));
  function update(value) {
    for (const { name, element: input, show } of inputs) {
      show(value[name], schema.properties[name].default);
      if (name === "pool") input.disabled = value.pool === null;
    }
    noPool.checked = value.pool === null;
    tell(summary, said(value));
  }
  return { element, update };
}

const said = ({ kernel_size: kernel = 3, stride = 1, pool = 2 }) =>
  [`${kernel}×${kernel}`, stride !== 1 && `stride ${stride}`, pool === null ? "no pool" : pool !== 2 && `pool ${pool}`].filter(Boolean).join(" · ");

function drags(element, grip, place, { drag, drop }) {
  const out = () => element.classList.remove("over");
  Object.assign(grip, {
    ondragstart: (event) => {
      event.dataTransfer.setData("text/plain", "block"); // Firefox drags nothing without
      event.dataTransfer.setDragImage(element, 20, 20);
      drag(place);
    },
    ondragend: () => drag(null),
  });
  Object.assign(element, {
    ondragover: (event) => {
      event.preventDefault();
      element.classList.add("over");
    },
    ondragleave: out,
    ondrop: (event) => {
      event.preventDefault();
      out();
      drop(place);
    },
  });
}
