// Where a text stops being JSON (RFC 8259). Browsers say it each in its own way, and some not at all.

const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const ENDS = { "[": "]", "{": "}" };

/** { line, column, expected } of the first character that no JSON has there, both from 1; null where all of it is JSON. */
export function fault(text) {
  const reader = { text, place: 0 };
  try {
    value(reader);
    space(reader);
    if (reader.place < text.length) expect("the end");
    return null;
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    const lines = text.slice(0, reader.place).split("\n");
    return { line: lines.length, column: lines.at(-1).length + 1, expected: error.message };
  }
}

class Missing extends Error {}

function expect(what) {
  throw new Missing(what);
}

function value(reader) {
  space(reader);
  const opened = reader.text[reader.place];
  if (opened in ENDS) return members(reader, opened);
  if (!take(reader, STRING) && !take(reader, SCALAR)) expect(opened === '"' ? "the string to end, without a line break" : "a value");
}

function members(reader, opened) {
  const closed = ENDS[opened];
  reader.place++;
  space(reader);
  if (skip(reader, closed)) return;
  do {
    if (opened === "{") name(reader);
    value(reader);
    space(reader);
  } while (skip(reader, ","));
  if (!skip(reader, closed)) expect(`, or ${closed}`);
}

function name(reader) {
  space(reader);
  if (!take(reader, STRING)) expect('a name in "…"');
  space(reader);
  if (!skip(reader, ":")) expect(":");
}

const space = (reader) => take(reader, SPACE);

function take(reader, pattern) {
  pattern.lastIndex = reader.place;
  if (!pattern.test(reader.text)) return false;
  reader.place = pattern.lastIndex;
  return true;
}

function skip(reader, character) {
  if (reader.text[reader.place] !== character) return false;
  reader.place++;
  return true;
}
