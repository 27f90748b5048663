// The order of the fields: first what most people change, the rest in folds. Fields that no group names stand in the last one.

import { field } from "../../form/field.js";
import { at, last } from "../../form/pointer.js";
import { h, tell } from "../../parts/element.js";
import { title } from "../../parts/format.js";

/** Of the schema's fields, those that have a widget of their own elsewhere, or none: without a data set nothing can be trained. */
const ELSEWHERE = [
  "/name", "/mode", "/architecture/preset", "/architecture/blocks", "/architecture/classifier", "/architecture/head",
  "/architecture/batch_norm", "/architecture/activation", "/training/max_steps", "/training/epochs", "/training/optimizer",
  "/training/batch_size", "/data/dataset", "/data/image_size", "/data/classes", "/data/channels", "/lr_range",
];

const GROUPS = [
  { name: "Schedule", fields: ["/training/schedule"] },
  { name: "Augmentation and normalization", fields: ["/data/augmentation", "/data/normalization", "/data/sampling"] },
  { name: "Regularisation", fields: ["/architecture/dropout", "/training/label_smoothing", "/training/clip_grad_norm",
    "/training/mixing", "/training/averaging", "/training/class_weights"] },
  { name: "Evaluation and checkpoints", fields: ["/data/validation_split", "/training/evaluation_interval",
    "/training/early_stopping", "/training/checkpoint_interval", "/training/checkpoint_seconds", "/training/keep_checkpoints"] },
  { name: "First weights and seed", fields: ["/architecture/init", "/training/seed", "/init_from", "/resume_from"] },
  { name: "Machine and memory", fields: ["/training/device", "/training/precision", "/training/accumulation_steps",
    "/training/activation_checkpointing", "/training/deterministic"] },
  { name: "When it goes wrong", fields: ["/training/rollback", "/training/split_on_out_of_memory"] },
  { name: "Queue and labels", fields: ["/priority", "/labels"] },
];

/** The folds; each says beside its name what was changed in it. */
export function groups(form, schema) {
  const grouped = new Set([...ELSEWHERE, ...GROUPS.flatMap(({ fields }) => fields)]);
  const others = everything(schema).filter((pointer) => !grouped.has(pointer));
  const all = [...GROUPS, ...(others.length ? [{ name: "More", fields: others }] : [])];
  const folds = all.map(({ name, fields }) => fold(form, schema, name, fields));
  return { element: h("section", { class: "card folds" }, h("h2", {}, "Everything else"), folds.map(({ element }) => element)),
    update: () => folds.forEach((each) => each.update()) };
}

const PARTS = ["architecture", "data", "training"];

/** Pointers to the fields of the spec and of its three parts. */
const everything = ({ properties }) => Object.keys(properties).flatMap((name) =>
  PARTS.includes(name) ? Object.keys(properties[name].properties).map((inner) => `/${name}/${inner}`) : [`/${name}`]);

/** The schema of a field that `everything` names. */
const schemaOf = (schema, pointer) => pointer.slice(1).split("/").reduce((here, name) => here?.properties?.[name], schema);

function fold(form, schema, name, pointers) {
  const there = pointers.filter((pointer) => schemaOf(schema, pointer));
  const shown = there.map((pointer) => field(form, pointer, schemaOf(schema, pointer)));
  const changed = h("span", { class: "changed" });
  const element = h("details", { class: "fold" }, h("summary", {}, h("h3", {}, name), changed),
    h("div", { class: "fields" }, shown.map((each) => each.element)));
  function update() {
    shown.forEach((each) => each.update());
    tell(changed, there.map((pointer) => said(last(pointer), at(form.draft.spec, pointer))).filter(Boolean).join(" · "));
  }
  return { element, update };
}

/** In a few words: "Cosine", "dropout 0.3", "mixup". */
function said(name, value) {
  if (value === undefined || value === null) return "";
  const short = title(name).toLowerCase();
  if (value === true) return short;
  if (name === "augmentation") return [value].flat().map((each) => String(each?.name ?? each).replaceAll("_", " ")).join(", ");
  if (typeof value === "object") return value.name?.replaceAll("_", " ") ?? (Object.keys(value).length ? short : "");
  return `${short} ${value}`;
}
