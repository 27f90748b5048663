// Lines that show where a noisy series goes.

/**
 * The exponential moving mean of `values` at `steps`, over about `span` steps, corrected for its start. A point weighs as many
 * steps as it stands for, so that thinned points give the same curve. Values that are not finite are passed over.
 */
export function smooth(steps, values, span) {
  if (span <= 1) return values;
  const decay = Math.exp(-1 / span);
  const smoothed = new Float64Array(values.length);
  for (let at = 0, sum = 0, weight = 0, before = 0; at < values.length; at++) {
    const kept = decay ** (steps[at] - before);
    if (Number.isFinite(values[at])) [sum, weight] = [sum * kept + values[at] * (1 - kept), weight * kept + (1 - kept)];
    before = steps[at];
    smoothed[at] = weight ? sum / weight : NaN;
  }
  return smoothed;
}
