import { setImmediate } from 'node:timers/promises';

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
export async function inSlices(
  count: number,
  rest: Rest,
  work: (from: number, to: number) => void,
  atOnce = 1024,
): Promise<void> {
  for (let from = 0; from < count; from += atOnce) {
    await rest();
    work(from, Math.min(count, from + atOnce));
  }
}
