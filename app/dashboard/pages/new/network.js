// The network that a draft describes, whether a published one or blocks of one's own.

import { at } from "../../form/pointer.js";

export const OWN = "blocks of your own";
const PUBLISHED = new Set(["blocks", "classifier", "batch_norm", "head"]); // what a published network decides

/** `known` are the published networks, whole, by name; `schema` is of an architecture. */
export class Network {
  constructor(draft, schema, known) {
    Object.assign(this, { draft, schema, known });
  }

  get #given() {
    return at(this.draft.spec, "/architecture") ?? {};
  }

  get preset() {
    return this.#given.preset ?? OWN;
  }

  get #published() {
    return this.known[this.preset];
  }

  /** `blocks` or `classifier`, as they are whoever says so. */
  list(name) {
    return [this.#given[name], this.#published?.[name], this.schema.properties[name].default].find(Array.isArray) ?? [];
  }

  get lists() {
    return { blocks: this.list("blocks"), classifier: this.list("classifier") };
  }

  /** A change to a published network's blocks makes them one's own. */
  change(lists) {
    const { preset, ...rest } = this.#given;
    const inherited = this.#published && { batch_norm: this.#published.batch_norm };
    this.#become({ ...inherited, ...rest, blocks: this.list("blocks"), ...lists });
  }

  choose(preset) {
    if (preset === OWN) return this.change({});
    const rest = Object.entries(this.#given).filter(([name]) => !PUBLISHED.has(name));
    this.#become({ ...Object.fromEntries(rest), preset });
  }

  #become(architecture) {
    this.draft.replace({ ...this.draft.spec, architecture });
  }
}
