// What an address means: `#/jobs/job_1?tab=logs` fits `/jobs/{id}`, with the parameters `id` and `tab`.

/** { page, parameters } of the first of the pages, { path, … }, that fits; null where none does. */
export function meant(hash, pages) {
  const [path, query] = hash.slice(1).split("?");
  const given = path.split("/");
  for (const page of pages) {
    const named = fitted(page.path.split("/"), given);
    if (named) return { page, parameters: { ...Object.fromEntries(new URLSearchParams(query)), ...named } };
  }
  return null;
}

function fitted(parts, given) {
  const fits = parts.length === given.length && parts.every((part, place) => part.startsWith("{") || part === given[place]);
  return fits && Object.fromEntries(parts.flatMap((part, place) => (part.startsWith("{") ? [[part.slice(1, -1), decoded(given[place])]] : [])));
}

/** Somebody may have typed it: a lone "%" stands for itself. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
