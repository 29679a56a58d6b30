/** The line through points that is nearest by least squares. */
export interface Line {
  slope: number;
  /** What the slope may be off by: twice its standard error, as if the points knew nothing of each other. */
  slopeError: number;
  /** The mean of the values. */
  mean: number;
}

/** @param points At least three, at different places. */
export function lineThrough(points: readonly (readonly [x: number, y: number])[]): Line {
  const count = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
  const mean = points.reduce((sum, [, y]) => sum + y, 0) / count;
  let [xx, xy] = [0, 0];
  for (const [x, y] of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - mean);
  }
  const slope = xy / xx;
  const rest = points.reduce((sum, [x, y]) => sum + (y - mean - slope * (x - meanX)) ** 2, 0);
  return { slope, slopeError: 2 * Math.sqrt(rest / (count - 2) / xx), mean };
}
