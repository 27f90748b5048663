// Elements: made in one expression, and lists of them that are kept when what they show changes.

const SVG = "http://www.w3.org/2000/svg";

/**
 * h("button", { class: "quiet", onclick: stop, disabled: false }, "Stop"). Handlers and `value`, `checked` and the like are
 * properties, all else attributes; null, undefined and false leave one out. Text is never read as HTML.
 */
export function h(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

/** The same for the parts of an SVG. */
export function s(tag, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), properties, children);
}

const AS_PROPERTY = new Set(["value", "checked", "indeterminate", "selected", "disabled", "hidden", "srcObject"]);

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("on") || AS_PROPERTY.has(name)) element[name] = value;
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Sets what an element shows, and leaves it alone if that is the same: no flicker, no lost selection. */
export function tell(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A container's children, one for each item. `make(item)` gives { element, update(item) } once for each key; afterwards only
 * `update` is called, so that focus, open menus and what is hovered stay.
 */
export class Keyed {
  #rows = new Map();

  constructor(container, key, make) {
    [this.container, this.key, this.make] = [container, key, make];
  }

  show(items) {
    const wanted = new Map(items.map((item) => [this.key(item), item]));
    for (const [key, { element }] of this.#rows) if (!wanted.has(key)) element.remove();
    const before = this.#rows;
    this.#rows = new Map();
    let place = this.container.firstChild; // of those that stay: only what changes its place is moved, and loses focus
    for (const [key, item] of wanted) {
      const row = before.get(key) ?? this.make(item);
      this.#rows.set(key, row);
      row.update(item);
      if (row.element === place) place = place.nextSibling;
      else this.container.insertBefore(row.element, place);
    }
  }
}
