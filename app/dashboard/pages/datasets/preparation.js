// How an upload is prepared: a field for each thing that the API lets one say of it.

import { Draft } from "../../form/draft.js";
import { field } from "../../form/field.js";
import { Places } from "../../form/places.js";
import { bodyOf } from "../../form/schema.js";
import { h } from "../../parts/element.js";
import { get } from "../../service/api.js";

const ELSEWHERE = new Set(["upload", "name"]);

/** { element, read(), refuse(errors), done() }: what was set; each error at its field, of which those of no field come back. */
export async function preparation(signal) {
  const { properties } = bodyOf(await get("/openapi.json", {}, signal), "/datasets");
  const draft = new Draft("/datasets", {});
  const form = { draft, places: new Places(draft), usual: (_, schema) => schema.default };
  const name = field(form, "/name", properties.name);
  const others = Object.keys(properties).filter((each) => !ELSEWHERE.has(each)).map((each) => field(form, `/${each}`, properties[each]));
  const update = () => [name, ...others].forEach((each) => each.update());
  const fold = h("details", {}, h("summary", {}, "How it is prepared"), h("div", { class: "fields" }, others.map(({ element }) => element)));

  function refuse(errors) {
    form.places.tell(errors);
    const [first] = errors.filter(({ pointer }) => form.places.has(pointer));
    if (first) form.places.focus(first.pointer);
    return errors.filter(({ pointer }) => !form.places.has(pointer));
  }

  draft.addEventListener("change", update, { signal });
  update();
  return { element: h("div", { class: "stack" }, name.element, fold), read: () => draft.spec, refuse, done: () => draft.put("/name", undefined) };
}
