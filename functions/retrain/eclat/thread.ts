import { gather, type Harvest } from './harvest.ts';
import { control, isStopped, type Job } from './job.ts';
import type { Kernel } from './kernel.ts';

/** What `advance` comes back with (kernel/classes.ts). */
const full = 2;
const noMemory = 3;
export const idle = 4;
const ended = 0;

/** Work between two looks at the clock: some milliseconds (a unit is about a nanosecond). */
const workPerStep = 1 << 22;

/** Why a thread has come to its end. */
export type End = 'done' | 'stopped' | 'no-memory';

/**
 * One thread's part of a job.
 * @yields every few milliseconds: whether it has nothing to do at present.
 */
export function* takePart(
  kernel: Kernel,
  { address, longestRow }: Job,
  thread: number,
  harvest: Harvest,
): Generator<boolean, End> {
  if (kernel.open(control, address, thread) === 0) return 'no-memory';
  for (;;) {
    const outcome = kernel.advance(workPerStep);
    if (outcome === full) gather(kernel, harvest.pieces);
    if (outcome === noMemory) return 'no-memory';
    /* c8 ignore next -- only other threads are stopped, and V8 does not count their end. */
    if (isStopped(kernel.memory)) return 'stopped';
    if (outcome === ended) break;
    yield outcome === idle;
  }
  gather(kernel, harvest.pieces);
  harvest.byLength = new Float64Array(
    kernel.memory.buffer,
    (kernel.byLength.value as number) >>> 0,
    longestRow + 1,
  ).slice();
  return 'done';
}

/** Nothing found yet. */
export function emptyHarvest(): Harvest {
  return { byLength: new Float64Array(1), pieces: [] };
}
