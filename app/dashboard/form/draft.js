// What has been typed: the spec, and texts that are no spec yet. Kept for as long as the tab lives.

import { put, same } from "./pointer.js";

const MOST_UNDONE = 100;

/** Fires "change" after every change, whoever made it. */
export class Draft extends EventTarget {
  #before = []; // { spec, pointer } of earlier changes; those of one field in a row are one

  /** `place` tells drafts apart; `initial` is where this one began. */
  constructor(place, initial) {
    super();
    this.key = `trainshed.draft${place}`;
    this.initial = initial;
    const kept = JSON.parse(sessionStorage.getItem(this.key) ?? "null");
    this.spec = kept?.spec ?? initial;
    this.texts = kept?.texts ?? {}; // by the name of the editor, what it cannot read
    this.request = kept?.request; // { key, spec } of the last try to start it
  }

  get isChanged() {
    return !same(this.spec, this.initial) || Object.keys(this.texts).length > 0;
  }

  get canUndo() {
    return this.#before.length > 0;
  }

  put(pointer, value) {
    this.replace(put(this.spec, pointer, value), pointer);
  }

  /** `pointer` says what was changed; without one the step stands for itself. */
  replace(spec, pointer = null) {
    if (same(spec, this.spec)) return;
    const latest = this.#before.at(-1);
    if (pointer === null || latest?.pointer !== pointer) this.#before.push({ spec: this.spec, pointer });
    this.#before.splice(0, this.#before.length - MOST_UNDONE);
    this.#become(spec);
  }

  undo() {
    this.#become(this.#before.pop().spec);
  }

  startOver() {
    this.texts = {};
    this.#before.push({ spec: this.spec, pointer: null });
    this.#become(this.initial);
  }

  /** What an editor's text says while it cannot be read; undefined once it can. */
  note(editor, text) {
    const { [editor]: _, ...others } = this.texts;
    this.texts = text === undefined ? others : { ...others, [editor]: text };
    this.#keep();
  }

  /** The same for the same spec, so that asking twice makes one job. Works without a secure context too. */
  get requestKey() {
    if (!this.request || !same(this.request.spec, this.spec)) {
      const random = crypto.getRandomValues(new Uint8Array(16));
      this.request = { key: Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join(""), spec: this.spec };
      this.#keep();
    }
    return this.request.key;
  }

  forget() {
    sessionStorage.removeItem(this.key);
  }

  #become(spec) {
    this.spec = spec;
    this.#keep();
    this.dispatchEvent(new Event("change"));
  }

  #keep() {
    const { spec, texts, request } = this;
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ spec, texts, request }));
    } catch {
      this.forget(); // it is larger than what a browser keeps
    }
  }
}
