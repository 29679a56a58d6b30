/** Long work beside the answers that others wait for. */
import { setImmediate } from 'node:timers/promises';
import { problem } from '../../../shared/problems.ts';

/** What one turn of the event loop may take: nobody's recommendation waits longer for it. */
const turnMs = 5;

/** Requests that wait for the one at work; whoever comes then is refused. */
const mostWaiting = 8;

/** Work that says, by a `yield`, where it may be left for a while; at least every millisecond. */
export type Work<Result> = Generator<void, Result, undefined>;

/**
 * Does work a few milliseconds at a time, so that requests are answered in between.
 * @throws the signal's reason
 */
async function inTurns<Result>(work: Work<Result>, signal: AbortSignal): Promise<Result> {
  let began = performance.now();
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - began < turnMs) continue;
    await setImmediate();
    signal.throwIfAborted();
    began = performance.now();
  }
}

/**
 * Does one piece of work after the other, each in turns: several at once would only make each
 * other, and the answers, wait.
 * @returns A function that does work, once that before is done. It throws `overloaded` when too
 * many wait, and the signal's reason.
 */
export function oneAfterAnother(): <Result>(
  begin: () => Promise<Work<Result>>,
  signal: AbortSignal,
) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (begin, signal) => {
    if (waiting > mostWaiting) throw problem('overloaded');
    waiting++;
    const before = last;
    const own = (async () => {
      await before.catch(() => undefined);
      signal.throwIfAborted();
      return inTurns(await begin(), signal);
    })();
    last = own;
    try {
      return await own;
    } finally {
      waiting--;
    }
  };
}
