// Work that goes on while a page is open, whatever becomes of the server meanwhile.

import { Away } from "./api.js";

const LONGEST_PAUSE = 5; // seconds between tries while the server is away

/** Resolves after so many seconds, or when `signal` fires. */
export function pause(seconds, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    signal.addEventListener("abort", done);
  });
}

/** A function that has `work` done: at once, or if it is under way once more when it has ended, however often it was asked. */
export function oneAtATime(work) {
  let [isBusy, isWanted] = [false, false];
  return async () => {
    isWanted = true;
    if (isBusy) return;
    isBusy = true;
    while (isWanted) {
      isWanted = false;
      await work();
    }
    isBusy = false;
  };
}

/**
 * Calls `work` again and again, `seconds` after each end, until it returns "done" or `signal` fires. While the server is away
 * it tries again, first soon, then every five seconds; any other failure ends it and is thrown.
 */
export async function repeat(work, seconds, signal) {
  let failures = 0;
  while (!signal.aborted) {
    try {
      if ((await work()) === "done") return;
      failures = 0;
      await pause(seconds, signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!(error instanceof Away)) throw error;
      await pause(Math.min(LONGEST_PAUSE, 0.5 * 2 ** failures++), signal);
    }
  }
}
