// A network in a line: "64 | 128 | 256 256 → 4096 4096". Each number is a convolution, or after the arrow a hidden layer.

/** Letters for what a block has beside its convolutions, as in "96 k11 s4 p0 m3"; `m0` is no pooling. */
const LETTERS = { k: "kernel_size", s: "stride", p: "padding", m: "pool" };
const MOST_CONVOLUTIONS = 64; // of "9999x8", which would be written out

/** As an object, of either form; undefined where a spec has something else. */
export function block(value) {
  if (Array.isArray(value)) return { convolutions: value[0], channels: value[1] };
  return typeof value === "object" && value !== null ? value : {};
}

/** As the pair that is short for it, where it is nothing else. */
export function pair({ convolutions, channels, ...rest }) {
  const told = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return Object.keys(told).length ? { convolutions, channels, ...told } : [convolutions, channels];
}

export function written({ blocks, classifier }) {
  const body = blocks.map((each) => {
    const { convolutions = "?", channels = "?", ...rest } = block(each);
    const widths = Number.isInteger(convolutions) && convolutions >= 1 && convolutions <= MOST_CONVOLUTIONS ? Array(convolutions).fill(channels) : [`${convolutions}x${channels}`];
    const letters = Object.entries(LETTERS).filter(([, name]) => rest[name] !== undefined).map(([letter, name]) => `${letter}${rest[name] ?? 0}`);
    return [...widths, ...letters].join(" ");
  }).join(" | ");
  return classifier.length ? `${body} → ${classifier.join(" ")}` : body;
}

/** { blocks, classifier } of what `written` writes, also with "->" and "2x256". Throws an Error that says what is wrong. */
export function read(text) {
  const [body, end = "", ...more] = text.split(/→|->/);
  if (more.length) throw new Error("one arrow is enough");
  const classifier = end.trim() ? end.trim().split(/[\s,]+/).map(width) : [];
  return { blocks: body.split("|").map((part, place) => readBlock(part.trim(), place + 1)), classifier };
}

function readBlock(text, place) {
  if (!text) throw new Error(`block ${place} is empty`);
  const found = { convolutions: 0 };
  for (const word of text.split(/[\s,]+/)) {
    const [, letter, value] = /^([a-z])(\d+)$/.exec(word) ?? [];
    if (letter && !LETTERS[letter]) throw new Error(`block ${place}: the letters are k, s, p and m, not ${letter}`);
    if (letter) found[LETTERS[letter]] = letter === "m" && value === "0" ? null : Number(value);
    else take(found, word, place);
  }
  if (!found.convolutions) throw new Error(`block ${place} has no convolution`);
  return pair(found);
}

function take(found, word, place) {
  const [, times = "1", each] = /^(?:(\d+)[x×])?(.+)$/.exec(word);
  const channels = width(each);
  if (found.channels !== undefined && found.channels !== channels) {
    throw new Error(`block ${place}: its convolutions have one width, not ${found.channels} and ${channels}; put a | between them`);
  }
  found.channels = channels;
  found.convolutions += Number(times);
}

function width(word) {
  if (!/^\d+$/.test(word)) throw new Error(`${word} is no number`);
  return Number(word);
}
