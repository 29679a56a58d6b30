import * as job from './job';

/** Starts whose rows are touched together, so that their cache misses overlap. */
export const batch: usize = 32;
/** So that touching rows has an effect. */
export let touched: u32 = 0;

/** Where the row of a start begins. */
export function rowAt<T>(start: usize): usize {
  let position = load<u32>(start) as usize;
  if (job.bitRows !== 0) position = load<u32>(job.rowStarts + (position << 2)) as usize;
  return job.rows + position * sizeof<T>();
}

/** Touches two cache lines of each of some rows. */
export function touchRows<T>(start: usize, stop: usize): void {
  let sum = touched;
  for (let next = start; next < stop; next += 4) {
    const begin = rowAt<T>(next);
    sum += load<u16>(begin) as u32;
    sum += load<u16>(begin, 64) as u32;
  }
  touched = sum;
}
