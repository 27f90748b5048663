// What the server says of the draft while it is typed.

import { ask, Away, Problem } from "../../service/api.js";
import { pause, repeat } from "../../service/live.js";

const QUIET = 0.25; // seconds without a key before it is asked

/**
 * Asks after each change, the latest one alone, and again when a server that was away is back. `hear` is called with
 * { bill, errors, message, isAsking }: the bill is null where the spec is refused, and errors say why.
 */
export function validate(draft, hear, signal) {
  let asking = new AbortController();
  let known = { bill: null, errors: [], message: "" };

  async function check() {
    asking.abort();
    asking = new AbortController();
    const mine = AbortSignal.any([signal, asking.signal]);
    hear({ ...known, isAsking: true });
    await pause(QUIET, mine);
    await repeat(async () => {
      known = await verdict(draft.spec, mine);
      hear({ ...known, isAsking: false });
      return "done";
    }, 0, mine);
  }

  draft.addEventListener("change", check, { signal });
  check();
}

async function verdict(spec, signal) {
  try {
    return { bill: await (await post("/jobs/validate", spec, {}, signal)).json(), errors: [], message: "" };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { bill: null, errors: error.errors, message: error.message };
  }
}

/** Away where nobody can answer now, so that it can be asked again. */
export async function post(path, body, headers, signal) {
  try {
    return await ask(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers }, signal });
  } catch (error) {
    if (error instanceof Problem && [502, 503, 504].includes(error.status)) throw new Away(error.message);
    throw error;
  }
}
