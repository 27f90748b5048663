// How jobs are told apart: by name, by colour, and by dash for who does not see the colours.

import { nameOf } from "../jobs.js";

const DASHES = [undefined, [9, 4], [2, 3], [10, 4, 2, 4], [16, 5], [5, 3, 1, 3]];
const COLOURS = 8; // --line-1 to --line-8 of chart.css

/** { name, colour, dash } for each; jobs of the same name have the end of their ids behind it. */
export function told(jobs) {
  const names = jobs.map(nameOf);
  return jobs.map((job, place) => ({
    name: names.filter((name) => name === names[place]).length > 1 ? `${names[place]} ${job.id.slice(-4)}` : names[place],
    colour: `--line-${(place % COLOURS) + 1}`,
    dash: DASHES[place % DASHES.length],
  }));
}
