// One picture asked about, a few at a time.

import { ask } from "../../service/api.js";

const AT_ONCE = 3; // requests; a model looks at several pictures in one pass
let turns = Array(AT_ONCE).fill(Promise.resolve());

/** What `POST /predict` says of a file: its one prediction, with `timing` and `model` beside it. Problem, Away, AbortError. */
export function predict(file, question, signal) {
  const [turn, ...others] = turns;
  const answer = turn.then(() => asked(file, question, signal));
  turns = [...others, answer.catch(() => null)];
  return answer;
}

async function asked(file, question, signal) {
  const body = new FormData();
  body.append("image", file, file.name);
  for (const [name, value] of Object.entries(question)) if (value !== null && value !== false) body.append(name, value);
  const { predictions: [prediction], timing, model } = await (await ask("/predict", { method: "POST", body, signal })).json();
  return { ...prediction, timing, model };
}
