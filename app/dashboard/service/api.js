// The one place that speaks HTTP: the public API, with the key if there is one.

const KEY = "trainshed.key";

/** An answer that is a refusal, as RFC 9457 has it; `errors` are [{ pointer, message, suggestion }]. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? body.title ?? `the server answered ${status}`);
    this.status = status;
    this.errors = body.errors ?? [];
  }
}

/** Nobody answered, or somebody who cannot at the moment (502, 503, 504). */
export class Away extends Error {}

/** Fires "away", "back" and "locked"; the shell shows them. */
export const connection = new EventTarget();
let isAway = false;

function heard(away, reason = "") {
  if (away !== isAway) connection.dispatchEvent(new CustomEvent(away ? "away" : "back", { detail: reason }));
  isAway = away;
}

export function setKey(key, isKept) {
  sessionStorage.setItem(KEY, key);
  if (isKept) localStorage.setItem(KEY, key);
}

/** Whether there was one. */
export function forgetKey() {
  const { Authorization } = authorization();
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
  return Authorization !== undefined;
}

/** Headers that every request carries. */
function authorization() {
  const key = sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** Relative to where the page lies, so that a proxy may put the service below a path of its own. */
export function address(path, query = {}) {
  const url = new URL(path.replace(/^\//, ""), document.baseURI.split("#")[0]);
  for (const [name, value] of Object.entries(query)) {
    for (const each of [value].flat()) if (each !== null && each !== undefined && each !== "") url.searchParams.append(name, each);
  }
  return url;
}

/** A Response that is well; Problem or Away otherwise, AbortError when `signal` fired. */
export async function ask(path, { query, signal, headers, ...options } = {}) {
  const key = authorization();
  let response;
  try {
    response = await fetch(address(path, query), { ...options, signal, headers: { ...key, ...headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    heard(true, "The server does not answer.");
    throw new Away("the server does not answer");
  }
  if (response.ok) {
    heard(false);
    return response;
  }
  const body = await response.json().catch(() => null);
  const problem = new Problem(response.status, body ?? {});
  const isOfThisKey = key.Authorization === authorization().Authorization; // and not of one that was refused before
  if (response.status === 401 && isOfThisKey) connection.dispatchEvent(new Event("locked"));
  if ([502, 503, 504].includes(response.status) && (options.method ?? "GET") === "GET") {
    heard(true, problem.message);
    throw new Away(problem.message);
  }
  heard(false);
  throw problem;
}

export const get = async (path, query = {}, signal = undefined) => (await ask(path, { query, signal })).json();

export async function send(method, path, body = undefined, headers = {}) {
  const json = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } };
  const response = await ask(path, { method, headers, ...json });
  return response.status === 204 ? null : response.json();
}

/** A picture's address for <img>; fetched, because a browser sends no key by itself. */
export async function picture(path, signal = undefined) {
  return URL.createObjectURL(await (await ask(path, { signal })).blob());
}

/** A file to the user's disk. */
export async function save(path, name, query = {}) {
  const url = URL.createObjectURL(await (await ask(path, { query })).blob());
  const link = document.createElement("a");
  [link.href, link.download] = [url, name];
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
