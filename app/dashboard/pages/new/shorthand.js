// The whole network as a line of text. One that cannot be read stays until it can, and changes nothing.

import { same } from "../../form/pointer.js";
import { h } from "../../parts/element.js";
import { sentence } from "../../parts/format.js";
import { read, written } from "../../parts/notation.js";

const EXPLAINED = [["k5", "kernel"], ["s2", "stride"], ["p0", "padding"], ["m3", "pooling"], ["m0", "none"]];

export function shorthand(draft, network) {
  const wrong = h("ul", { class: "messages", id: "notation-wrong", hidden: true });
  const hint = h("small", { class: "hint", id: "notation-hint" },
    "A number for each convolution, | after each block, → before the hidden layers. Letters: ",
    EXPLAINED.map(([letter, meaning], place) => [place ? ", " : "", h("code", {}, letter), ` ${meaning}`]), ".");
  const input = h("input", { id: "notation", class: "mono", spellcheck: "false", autocomplete: "off",
    "aria-describedby": `${wrong.id} ${hint.id}`, oninput: typed });
  let shown;

  function typed() {
    const { lists, message } = understood(input.value);
    draft.note("notation", lists ? undefined : input.value);
    say(message);
    if (lists && !same(lists, network.lists)) network.change(lists);
  }

  function say(message) {
    wrong.hidden = !message;
    wrong.replaceChildren(...(message ? [h("li", {}, sentence(message))] : []));
    input.setAttribute("aria-invalid", String(Boolean(message)));
  }

  function update() {
    const now = written(network.lists);
    const kept = draft.texts.notation;
    if (shown === undefined && kept !== undefined) {
      input.value = kept;
      typed();
    } else if (now !== shown && !same(understood(input.value).lists, network.lists)) {
      input.value = now;
      draft.note("notation", undefined);
      say("");
    }
    shown = now;
  }

  return { element: h("div", { class: "field" }, h("label", { for: input.id }, "As text"), input, wrong, hint), update };
}

function understood(text) {
  try {
    return { lists: read(text), message: "" };
  } catch (error) {
    return { message: error.message };
  }
}
