// JSON pointers (RFC 6901): where in a spec something stands.

const parts = (pointer) => pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export const below = (pointer, name) => `${pointer}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;
export const above = (pointer) => pointer.slice(0, pointer.lastIndexOf("/"));
export const last = (pointer) => parts(pointer).at(-1);

/** undefined where there is nothing, whatever stands on the way. */
export function at(value, pointer) {
  const step = (here, part) => (here !== null && typeof here === "object" && Object.hasOwn(here, part) ? here[part] : undefined);
  return parts(pointer).reduce(step, value);
}

/** A copy with `given` at the pointer; undefined takes out what is there. What is on the way and no object becomes one. */
export function put(value, pointer, given) {
  const [part, ...rest] = parts(pointer);
  if (part === undefined) return given;
  const copy = Array.isArray(value) ? [...value] : isObject(value) ? { ...value } : {};
  const inner = rest.length ? put(copy[part], pointer.slice(pointer.indexOf("/", 1)), given) : given;
  if (inner !== undefined) copy[part] = inner;
  else if (Array.isArray(copy)) copy.splice(Number(part), 1);
  else delete copy[part];
  return copy;
}
