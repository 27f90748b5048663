// The network: a published one or blocks of one's own, as cards and as a line of text.

import { h } from "../element.js";
import { read, written } from "../notation.js";
import { blocks } from "./blocks.js";
import { field } from "./field.js";
import { layers } from "./layers.js";
import { at, same } from "./pointer.js";
import { sentence } from "./places.js";

const POINTER = "/architecture";
const OWN = "blocks of your own";

/** `known` are the published networks, whole, by name; `image()` is the shape of what goes in. */
export function architecture(form, schema, known, image) {
  const given = () => at(form.draft.spec, POINTER) ?? {};
  const published = () => known[given().preset];
  const list = (name) => [given()[name], published()?.[name], schema.properties[name].default].find(Array.isArray) ?? [];

  /** A change to a published network's blocks makes them one's own. */
  function set(changes) {
    const { preset, ...rest } = given();
    const inherited = published() && { batch_norm: published().batch_norm };
    form.draft.replace({ ...form.draft.spec, architecture: { ...inherited, ...rest, blocks: list("blocks"), ...changes } });
  }

  function choose(preset) {
    if (preset === OWN) return set({});
    const { blocks: _, classifier, batch_norm, head, ...rest } = given();
    form.draft.replace({ ...form.draft.spec, architecture: { ...rest, preset } });
  }

  const cards = blocks(form, schema.properties.blocks.items, () => list("blocks"), (wanted) => set({ blocks: wanted }));
  const table = layers();
  const preset = h("select", { id: "field-architecture-preset", onchange: () => choose(preset.value) }, [OWN, ...Object.keys(known)].map((value) => h("option", { value }, value)));
  const line = notation(form, () => ({ blocks: list("blocks"), classifier: list("classifier") }), set);
  const simple = ["head", "classifier", "batch_norm", "activation"].filter((name) => schema.properties[name])
    .map((name) => field(form, `${POINTER}/${name}`, schema.properties[name], name === "classifier" ? "Hidden layers" : undefined));

  function update() {
    const chosen = given().preset ?? OWN;
    if (!(chosen in known) && chosen !== OWN && preset.lastChild.value !== chosen) preset.append(h("option", { value: chosen }, `${chosen} (unknown)`));
    preset.value = chosen;
    [cards, line, ...simple].forEach((each) => each.update());
  }

  function price(bill) {
    cards.draw(bill, image());
    table.show(bill);
  }

  const element = h("section", { class: "card" }, h("h2", {}, "Network"),
    h("div", { class: "beside" },
      h("div", { class: "field" }, h("label", { for: preset.id }, "Preset"), preset, form.places.at(`${POINTER}/preset`, preset)),
      line.element),
    cards.element, form.places.at(POINTER, cards.element.querySelector(".add")),
    h("div", { class: "fields" }, simple.map((each) => each.element)), table.element);
  return { element, update, price };
}

/** The whole network as a line; one that cannot be read stays until it can, and changes nothing. */
function notation(form, get, set) {
  const input = h("input", { id: "notation", class: "mono", spellcheck: "false", autocomplete: "off", "aria-describedby": "notation-hint notation-wrong", oninput: typed });
  const wrong = h("ul", { class: "messages", id: "notation-wrong", hidden: true });
  const say = (text) => {
    wrong.hidden = !text;
    wrong.replaceChildren(...(text ? [h("li", {}, sentence(text))] : []));
    input.setAttribute("aria-invalid", String(Boolean(text)));
  };

  function typed() {
    try {
      const found = read(input.value);
      form.draft.note("notation", undefined);
      say("");
      if (!same(found, get())) set(found);
    } catch (error) {
      form.draft.note("notation", input.value);
      say(error.message);
    }
  }

  let shown;
  function update() {
    const now = written(get());
    const kept = form.draft.texts.notation;
    if (shown === undefined && kept !== undefined) {
      input.value = kept;
      typed();
    } else if (now !== shown && !(kept !== undefined && document.activeElement === input) && !reads(input.value, get())) {
      input.value = now;
      form.draft.note("notation", undefined);
      say("");
    }
    shown = now;
  }

  const element = h("div", { class: "field" }, h("label", { for: input.id }, "As text"), input, wrong,
    h("small", { class: "hint", id: "notation-hint" }, "A number for each convolution, | after each block, → before the hidden layers. Letters: ", h("code", {}, "k5"), " kernel, ", h("code", {}, "s2"), " stride, ", h("code", {}, "p0"), " padding, ", h("code", {}, "m3"), " pooling (", h("code", {}, "m0"), " none)."));
  return { element, update };
}

function reads(text, wanted) {
  try {
    return same(read(text), wanted);
  } catch {
    return false;
  }
}
