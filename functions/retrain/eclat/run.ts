import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { EclatError, tooMany } from './error.ts';
import { type Harvest, maxColumnItems } from './harvest.ts';
import {
  type Job,
  layOut,
  noMemory,
  prepare,
  readTold,
  stop,
  takenBytes,
  type Wanted,
} from './job.ts';
import {
  compileKernel,
  instantiate,
  type Kernel,
  mostPages,
  newMemory,
  pageBytes,
} from './kernel.ts';
import { type End, emptyHarvest, takePart } from './thread.ts';
import type { EclatProgress, Transactions } from './types.ts';
import { type Answer, type Crew, startWorker } from './workers.ts';

/** How to mine, and how to be told of it. */
export interface Conduct {
  threads: number;
  maxItemsets: number;
  maxMemoryBytes: number;
  signal?: AbortSignal;
  onProgress?: (progress: EclatProgress) => void;
}

/** After so long without a rest, the event loop gets its turn. */
const restAfterMs = 25;
/** Mining that takes less than this is over before another thread has started. */
const workersAfterMs = 10;

/** Threads that the processors let run at once, or the container's share of them. */
export function defaultThreads(): number {
  return Math.min(availableParallelism(), 64);
}

/**
 * Mines with this thread, and with others once it takes long enough to be worth starting them.
 * @param crews Threads that are there already.
 * @throws EclatError past the bounds, RangeError for a row that breaks the contract, and the
 * signal's reason.
 */
export async function run(
  transactions: Transactions,
  wanted: Wanted,
  conduct: Conduct,
  module = compileKernel(),
  crews?: readonly Crew[],
): Promise<Harvest[]> {
  const { threads, maxMemoryBytes, signal, onProgress } = conduct;
  signal?.throwIfAborted();
  const memory = newMemory();
  const kernel = instantiate(module, memory);
  layOut(kernel, threads, Math.min(mostPages, Math.floor(maxMemoryBytes / pageBytes)));
  const rest = rests(kernel, wanted, conduct);

  const preparing = prepare(kernel, transactions, wanted, threads);
  let prepared = preparing.next();
  for (; !prepared.done; prepared = preparing.next()) await rest(0);
  const job = prepared.value;

  const answers: Promise<Answer>[] = [];
  const call = (crew: Crew) => {
    answers.push(crew.call({ module, memory, job, thread: answers.length + 1 }));
  };
  const own: Crew[] = [];
  let over = false;
  const start = () => {
    for (let thread = 1; thread < threads; thread++) {
      const { ready, crew } = startWorker();
      own.push(crew);
      ready.then(
        () => over || call(crew),
        () => {},
      );
    }
  };
  for (const crew of crews ?? []) call(crew);

  const harvest = emptyHarvest();
  try {
    const ends = [await mineHere(kernel, job, harvest, rest, crews ? () => {} : start)];
    over = true;
    const others = await Promise.all(answers);
    for (const { end } of others) ends.push(end);
    if (ends.includes('no-memory')) throw noMemory(memory);
    checkBounds(kernel, wanted, conduct);
    onProgress?.({ itemsets: readTold(memory, threads).itemsets, share: 1 });
    return [harvest, ...others.map((answer) => answer.harvest)];
  } finally {
    over = true;
    stop(memory);
    await Promise.allSettled(answers);
    await Promise.all(own.map((crew) => crew.close()));
  }
}

/** This thread's part. @param start Called once, when it has taken some time. */
async function mineHere(
  kernel: Kernel,
  job: Job,
  harvest: Harvest,
  rest: (weight: number) => Promise<void>,
  start: () => void,
): Promise<End> {
  const began = performance.now();
  let started = false;
  const part = takePart(kernel, job, 0, harvest);
  let step = part.next();
  for (; !step.done; step = part.next()) {
    if (!started && performance.now() - began > workersAfterMs) {
      started = true;
      start();
    }
    if (step.value) await setImmediate();
    await rest(job.weight);
  }
  return step.value;
}

/** Gives the event loop its turn when it is time, and looks whether to go on. */
function rests(
  kernel: Kernel,
  wanted: Wanted,
  conduct: Conduct,
): (weight: number) => Promise<void> {
  const { threads, signal, onProgress } = conduct;
  let restedAtMs = performance.now();
  return async (weight) => {
    if (performance.now() - restedAtMs < restAfterMs) return;
    const told = readTold(kernel.memory, threads);
    onProgress?.({ itemsets: told.itemsets, share: told.weight / Math.max(1, weight) });
    checkBounds(kernel, wanted, conduct);
    await setImmediate();
    signal?.throwIfAborted();
    restedAtMs = performance.now();
  };
}

/** @throws EclatError when there is more than may be. */
function checkBounds({ memory }: Kernel, { keeping }: Wanted, conduct: Conduct): void {
  const { threads, maxItemsets, maxMemoryBytes } = conduct;
  const { itemsets, items } = readTold(memory, threads);
  if (itemsets > maxItemsets) throw tooMany(maxItemsets);
  /* c8 ignore next 6 -- 2^32 items take more memory than a test may have. */
  if (items > maxColumnItems) {
    throw new EclatError(
      'too-many-itemsets',
      `The itemsets have more than ${maxColumnItems} items, which is all that can be kept.`,
    );
  }
  // What is kept is there twice at the end, when all threads' itemsets are put in order.
  const bytes = takenBytes(memory) + (keeping ? 2 * (4 * items + 8 * itemsets) : 0);
  if (bytes > maxMemoryBytes) throw noMemory(memory);
}
