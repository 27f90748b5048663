// Figures and words as people read them.

const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const MISSING = "–";

export const count = (value) => (value === null || value === undefined ? MISSING : NUMBER.format(value));
export const percent = (share, digits = 1) => (share === null || share === undefined ? MISSING : `${(share * 100).toFixed(digits)} %`);

/** A loss or a rate, to four digits that matter. */
export function figure(value) {
  if (value === null || value === undefined) return MISSING;
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 0.001 || size >= 100_000) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

/** 1:02:03, or 2:03 under an hour. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return MISSING;
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, place) => (place ? String(part).padStart(2, "0") : part)).join(":");
}

/** What is added to how far something is: " · 2:03 left", or nothing while that is not known. */
export const left = (seconds) => (seconds === null || seconds === undefined ? "" : ` · ${duration(seconds)} left`);

const BYTES = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytes(size) {
  const power = Math.min(BYTES.length - 1, Math.floor(Math.log2(Math.max(1, size)) / 10));
  return `${power ? (size / 1024 ** power).toFixed(1) : size} ${BYTES[power]}`;
}

const AGES = [[86_400, "day"], [3600, "hour"], [60, "minute"]];
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** "3 minutes ago" of an RFC 3339 time. */
export function ago(time) {
  const seconds = (Date.parse(time) - Date.now()) / 1000;
  const [length, unit] = AGES.find(([length]) => Math.abs(seconds) >= length) ?? [1, "second"];
  return RELATIVE.format(Math.round(seconds / length), unit);
}

/** "Learning rate" for learning_rate. */
export function title(name) {
  const words = name.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}

/** With a full stop and a capital, but not where it begins with a name such as `features.0`. */
export function sentence(text) {
  const begun = /^[a-z]+[ ,:]/.test(text) ? text[0].toUpperCase() + text.slice(1) : text;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

export { written as architecture } from "./notation.js";
