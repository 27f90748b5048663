// Test pictures of a model, whose classes are known.

import { h, tell } from "../../parts/element.js";
import { thumbnail } from "../../parts/thumbnail.js";
import { ask, get, Problem } from "../../service/api.js";

const SHOWN = 24;

/** { element, first }; `give(pictures)` gets those that are picked. `first()` picks one. Null where the model has none. */
export async function testPictures(model, give, signal) {
  const found = await known(model, signal);
  if (!found.length) return null;
  const grid = h("div", { class: "thumbnails" });
  const more = h("button", { type: "button", class: "quiet", onclick: show }, "More");
  const all = h("button", { type: "button", onclick: () => pick(found.slice(0, shown)) });
  let shown = 0;

  async function pick(chosen) {
    const files = await Promise.all(chosen.map(async ({ image, label }) => {
      const blob = await (await ask(image, { signal })).blob();
      return { key: image, name: `test picture ${image.split("/").pop()}`, file: new File([blob], "test.png", { type: blob.type }), truth: label };
    }));
    give(files);
  }

  function show() {
    grid.append(...found.slice(shown, shown + SHOWN).map((each) => h("button", { type: "button", title: title(each), onclick: () => pick([each]) },
      thumbnail(each.image, title(each), signal))));
    shown = Math.min(found.length, shown + SHOWN);
    more.hidden = shown === found.length;
    tell(all, `Try all ${shown}`);
  }

  show();
  const note = h("p", { class: "faint" }, "The model has never been trained on these.");
  return { element: h("div", {}, note, grid, h("div", { class: "row" }, all, more)), first: () => pick(found.slice(0, 1)) };
}

const title = ({ label, mistake }) => (mistake ? `${label}, taken for ${mistake.predicted}` : label);

/** Those that the job kept, else those of a data set of one's own; samples of each class before the mistakes. */
async function known({ job_id, dataset }, signal) {
  const isMissing = (error) => {
    if (error instanceof Problem && [404, 409].includes(error.status)) return { data: [] };
    throw error;
  };
  const { data } = await get(`/jobs/${job_id}/pictures`, {}, signal).catch(isMissing);
  if (data.length) return [...data].sort((one, other) => Boolean(one.mistake) - Boolean(other.mistake));
  if (!dataset.id) return [];
  return spread((await get(`/datasets/${dataset.id}/samples`, { split: "test", limit: 1000 }, signal).catch(isMissing)).data);
}

/** The first of each class, then the second of each. */
function spread(pictures) {
  const seen = new Map();
  const turn = ({ label }) => seen.set(label, (seen.get(label) ?? 0) + 1).get(label);
  return pictures.map((each) => [turn(each), each]).sort(([one], [other]) => one - other).map(([, each]) => each);
}
