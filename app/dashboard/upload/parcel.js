// What people hand over, as the one file that is sent.

import { tar } from "./tar.js";

/** { blob, name, mark } of [{ path, file }]: a file as it is, several or a folder as a tar. */
export function parcel(files) {
  const [{ path, file }] = files;
  if (files.length === 1 && !path.includes("/")) return { blob: file, name: file.name, mark: `${file.name} ${file.size} ${file.lastModified}` };
  const blob = tar(files);
  const name = `${path.includes("/") ? path.split("/")[0] : "pictures"}.tar`;
  const newest = Math.max(...files.map((each) => each.file.lastModified));
  return { blob, name, mark: `${name} ${blob.size} ${newest}` };
}
