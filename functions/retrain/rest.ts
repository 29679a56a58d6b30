import { setImmediate } from 'node:timers/promises';

/** After so long without a rest, the event loop gets its turn. */
const restAfterMs = 25;

/** Gives the event loop its turn when it is due. */
export function rester(signal: AbortSignal | undefined): () => Promise<void> {
  let rested = performance.now();
  return async () => {
    if (performance.now() - rested < restAfterMs) return;
    await setImmediate();
    signal?.throwIfAborted();
    rested = performance.now();
  };
}
