import { h } from "./element.js";

/** Figures in a row, each under its name. */
export const figures = (named) => h("dl", { class: "figures" }, Object.entries(named).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
