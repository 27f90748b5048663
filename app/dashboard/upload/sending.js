// A file on its way to the server, by the tus protocol (tus.io): what has arrived stays, whatever breaks meanwhile.

import { ask, Away, Problem, send } from "../service/api.js";
import { pause, repeat } from "../service/live.js";

const TUS = { "Tus-Resumable": "1.0.0" };
const [SMALLEST, LARGEST] = [2 ** 18, 2 ** 24]; // bytes of a request, which is to take about a second
const PASSING = new Set([409, 502, 503, 504]); // 409: the server has yet to see that a connection broke
const BEGUN = "trainshed.upload.";
const LONGEST_PAUSE = 5; // seconds
const [GONE, UNSENT] = [{ status: 404 }, { status: 409 }]; // what the server would say

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

export class Sending {
  #id = null;
  #request = null;
  #goOn = null; // ends the pause
  #held = null;
  #piece = SMALLEST;

  /**
   * `blob` is what is sent, `name` its file's; `mark` tells it from others, so that a page that is opened anew goes on with it.
   * `tell({ state, sent, size, rate })` hears how far it is: "sending", "paused" or "away", bytes, bytes a second.
   */
  constructor({ blob, name, mark }, tell, signal) {
    [this.blob, this.name, this.mark, this.signal] = [blob, name, BEGUN + mark, signal];
    this.report = { state: "sending", sent: 0, size: blob.size, rate: null };
    this.tell = (change) => tell(Object.assign(this.report, change));
    signal.addEventListener("abort", () => {
      this.#request?.abort();
      this.#goOn?.();
    });
  }

  /**
   * Sends it all and hands it in at `path` with `fields`; what the server says then. What was begun before goes on. Large
   * files are handed in before the first byte as well: wrong fields are refused then, right ones are a 409. Problem, AbortError.
   */
  async run(path, fields) {
    const handIn = () => send("POST", path, { upload: this.#id, ...fields });
    this.#id = localStorage.getItem(this.mark);
    let answer = this.#id ? await handIn().catch(refusal(404, 409)) : GONE;
    if (answer.status === 404) {
      await this.#announce();
      answer = this.blob.size > LARGEST ? await handIn().catch(refusal(409)) : UNSENT;
    }
    if (answer.status === 409) {
      await this.#sendAll();
      await repeat(async () => ((answer = await handIn()), "done"), 1, this.signal);
    }
    this.signal.throwIfAborted();
    localStorage.removeItem(this.mark);
    return answer;
  }

  get isPaused() {
    return this.#goOn !== null;
  }

  pause() {
    this.#held = new Promise((resolve) => (this.#goOn = resolve));
    this.tell({ state: "paused", rate: null });
    this.#request?.abort();
  }

  resume() {
    this.#goOn?.();
    this.#goOn = null;
    this.tell({ state: "sending" });
  }

  /** Nothing of it is left, here or there. */
  async forget() {
    localStorage.removeItem(this.mark);
    if (this.#id) await ask(`/uploads/${this.#id}`, { method: "DELETE", headers: TUS }).catch(() => null);
  }

  async #announce() {
    const headers = { ...TUS, "Upload-Length": this.blob.size, "Upload-Metadata": `filename ${base64(this.name)}` };
    const { id } = await (await ask("/uploads", { method: "POST", headers, signal: this.signal })).json();
    this.#id = id;
    localStorage.setItem(this.mark, id);
  }

  async #sendAll() {
    let [offset, failures] = [null, 0];
    while (offset !== this.blob.size) {
      if (this.isPaused) await this.#held;
      this.signal.throwIfAborted();
      try {
        offset = offset === null ? await this.#where() : await this.#append(offset);
        failures = 0;
        if (!this.isPaused) this.tell({ state: "sending", sent: offset });
      } catch (error) {
        offset = null;
        if (this.isPaused || this.signal.aborted) continue;
        if (!(error instanceof Away || PASSING.has(error.status))) throw error;
        this.tell({ state: "away", rate: null });
        await pause(Math.min(LONGEST_PAUSE, 0.5 * 2 ** failures++), this.signal);
      }
    }
  }

  async #where() {
    return offsetOf(await this.#ask({ method: "HEAD", headers: TUS }));
  }

  async #append(offset) {
    const body = this.blob.slice(offset, offset + this.#piece);
    const headers = { ...TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": offset };
    const start = performance.now();
    const reached = offsetOf(await this.#ask({ method: "PATCH", headers, body }));
    const rate = (reached - offset) / Math.max(0.001, (performance.now() - start) / 1000);
    this.#piece = Math.round(Math.min(LARGEST, Math.max(SMALLEST, rate)));
    this.report.rate = this.report.rate === null ? rate : 0.7 * this.report.rate + 0.3 * rate;
    return reached;
  }

  #ask(options) {
    this.#request = new AbortController();
    return ask(`/uploads/${this.#id}`, { ...options, signal: this.#request.signal });
  }
}

/** Hands refusals of these statuses on as values. */
const refusal = (...statuses) => (error) => {
  if (error instanceof Problem && statuses.includes(error.status)) return error;
  throw error;
};

const offsetOf = (response) => Number(response.headers.get("Upload-Offset"));
