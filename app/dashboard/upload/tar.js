// A folder as one file: a tar archive (POSIX ustar) of parts that the browser reads when it sends them.

const BLOCK = 512;
const encode = (text) => new TextEncoder().encode(text);

/** `files` are [{ path, file }]; the same files give the same bytes. A Blob. */
export function tar(files) {
  const sorted = [...files].sort((one, other) => (one.path < other.path ? -1 : 1));
  const parts = sorted.flatMap(({ path, file }) => [...header(path, file.size), file, padding(file.size)]);
  return new Blob([...parts, new Uint8Array(2 * BLOCK)]);
}

const padding = (size) => new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);

/** Of a path that is too long for its field, GNU's entry with the whole name comes first. */
function header(path, size) {
  const name = encode(path);
  if (name.length <= 100) return [block(name, size, "0")];
  return [block(encode("././@LongLink"), name.length, "L"), name, padding(name.length), block(name.slice(0, 100), size, "0")];
}

const octal = (value, digits) => encode(value.toString(8).padStart(digits, "0") + "\0");

function block(name, size, kind) {
  const bytes = new Uint8Array(BLOCK);
  const fields = [[0, name], [100, octal(0o644, 7)], [108, octal(0, 7)], [116, octal(0, 7)], [124, octal(size, 11)], [136, octal(0, 11)],
    [148, encode(" ".repeat(8))], [156, encode(kind)], [257, encode("ustar\0")], [263, encode("00")]];
  for (const [place, value] of fields) bytes.set(value, place);
  const sum = bytes.reduce((total, byte) => total + byte, 0); // with blanks in its own place
  bytes.set(octal(sum, 6), 148);
  return bytes;
}
