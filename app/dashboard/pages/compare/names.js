// How jobs are told apart: by name, by colour, and by dash for who does not see the colours.

import { markOf } from "../../service/jobs.js";

const DASHES = [undefined, [9, 4], [2, 3], [10, 4, 2, 4], [16, 5], [5, 3, 1, 3]];
const COLOURS = 8; // --line-1 to --line-8 of chart.css

/** { name, colour, dash } for each; jobs of the same name, or of none, have the end of their ids behind it. */
export function told(jobs) {
  const isAlone = ({ name }) => name && jobs.filter((job) => job.name === name).length === 1;
  return jobs.map((job, place) => ({
    name: isAlone(job) ? job.name : `${job.name || "job"} ${markOf(job)}`,
    colour: `--line-${(place % COLOURS) + 1}`,
    dash: DASHES[place % DASHES.length],
  }));
}
