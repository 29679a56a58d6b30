import { setImmediate } from 'node:timers/promises';
import { type Steps, stepsOf } from '../../shared/steps.ts';

/** After so long without a rest, the event loop gets its turn. */
const restAfterMs = 25;

/** Gives the event loop its turn when it is due. @throws the reason of the signal that ends the work. */
export type Rest = () => Promise<void>;

/** Rests for one piece of work. */
export function rester(signal: AbortSignal | undefined): Rest {
  let rested = performance.now();
  return async () => {
    if (performance.now() - rested < restAfterMs) return;
    await setImmediate();
    signal?.throwIfAborted();
    rested = performance.now();
  };
}

/**
 * Does something to all numbers from 0 to below a count, in their order, some at once; rests in
 * between. What is done thousands of times a millisecond stays a plain loop.
 * @param work Told the first number and the one behind the last.
 * @param atOnce So many that they take a few milliseconds: playlists by default.
 */
export function inSlices(
  count: number,
  rest: Rest,
  work: (from: number, to: number) => void,
  atOnce = 1024,
): Promise<void> {
  return withRests(stepsOf(count, atOnce, work), rest);
}

/** Takes all steps, with a rest between two of them. */
export async function withRests<Result>(steps: Steps<Result>, rest: Rest): Promise<Result> {
  let step = steps.next();
  for (; !step.done; step = steps.next()) await rest();
  return step.value;
}

/** Numbers of a column that are gone through at once, where each takes a few nanoseconds. */
export const columnAtOnce = 1 << 17;
