// What happened to a run, as marks on its curve.

const KINDS = {
  resumed: { colour: "--accent", isBack: true },
  restarted: { colour: "--warn", isBack: true },
  rolled_back: { colour: "--warn", isBack: true },
  disk_full: { colour: "--bad" },
  checkpoint_damaged: { colour: "--bad" },
  store_away: { colour: "--faint" },
};

export const colourOf = ({ event }) => KINDS[event]?.colour ?? "--faint";

/** How often the run went back to an earlier step. */
export const wentBack = ({ events }) => events.filter(({ event }) => KINDS[event]?.isBack).length;

/** `at(step)` is where a step lies on the axis. */
export function marksOf({ events, lr_range }, checkpoints, at) {
  const suggestion = lr_range?.suggestion ? [{ x: lr_range.suggestion, text: `suggested: ${lr_range.suggestion}`, colour: "--good" }] : [];
  return [
    ...checkpoints.map(({ step, best }) => ({ x: at(step), text: `${best ? "best " : ""}checkpoint of step ${step}`, colour: "--line" })),
    ...events.map((event) => ({ x: at(event.step), text: `${event.event.replaceAll("_", " ")}: ${event.message}`, colour: colourOf(event) })),
    ...suggestion,
  ];
}
