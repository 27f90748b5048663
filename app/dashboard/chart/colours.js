// The colours of base.css as a canvas needs them.

const probe = document.createElement("span");
probe.hidden = true;
document.body.append(probe);
const known = new Map();
document.addEventListener("theme", () => known.clear());

/** What a variable such as --loss means in the theme that is on. */
export function colour(name) {
  if (!known.has(name)) {
    probe.style.color = `var(${name})`;
    known.set(name, getComputedStyle(probe).color);
  }
  return known.get(name);
}
