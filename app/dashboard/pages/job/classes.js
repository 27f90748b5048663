// How good a model is on each class.

import { count, percent } from "../../parts/format.js";
import { bar, table } from "../../parts/table.js";

export function classes({ classes: reports, confusion_matrix }) {
  const columns = [
    { name: "Class", of: ({ label }) => label, by: ({ label }) => label },
    { name: "Images", of: ({ images }) => count(images), by: ({ images }) => images, isNumber: true },
    { name: "Accuracy", of: ({ recall }) => bar(recall, percent(recall)), by: ({ recall }) => recall, isNumber: true },
    { name: "Precision", of: ({ precision }) => percent(precision), by: ({ precision }) => precision, isNumber: true },
    { name: "F1", of: ({ f1 }) => percent(f1), by: ({ f1 }) => f1, isNumber: true },
    { name: "Most taken for", of: ({ index }) => taken(reports, confusion_matrix[index], index) },
  ];
  return table(columns, reports, "Classes");
}

function taken(reports, row, own) {
  const most = row.reduce((found, number, index) => (index !== own && number > (row[found] ?? 0) ? index : found), -1);
  return most < 0 ? "–" : `${reports[most].label} (${count(row[most])})`;
}
