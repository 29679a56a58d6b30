import { Worker } from 'node:worker_threads';
import { entryPath } from '../../../../shared/entry.ts';
import { Problem, type ProblemCode } from '../../../../shared/problems.ts';
import type { Mistake } from './block.ts';
import type { NumberCounts } from './counts.ts';
import { answer, type Block, type SharedRows } from './csr.ts';
import type { Ranks, Repeats } from './rank.ts';

/** What a worker is told to do, */
export type Task =
  | { kind: 'read'; path: string; bytes: number; blockBytes: number }
  | { kind: 'counts' }
  | { kind: 'rank'; ranks: Ranks };

/** and what it answers: once to each task, but for mistakes, after which it waits. */
export type Answer =
  | { kind: 'read' }
  | { kind: 'mistakes'; mistakes: Mistake[] }
  | { kind: 'counts'; counts: NumberCounts }
  | { kind: 'ranked'; repeats: Repeats; blocks: Block[] }
  | { kind: 'failed'; code: ProblemCode; message: string };

/** Told of what is no number; what it throws ends the reading. */
export type OnMistakes = (mistakes: Mistake[]) => Promise<void>;

/** Workers that read together. */
export interface Team {
  workers: Worker[];
  rows: SharedRows;
}

/** Starts workers; {@link dismiss} ends them. */
export function newTeam(rows: SharedRows, threads: number): Team {
  const path = entryPath(import.meta.url, './worker.ts', './dat-worker.mjs');
  const start = () => new Worker(path, { workerData: rows });
  return { workers: Array.from({ length: threads }, start), rows };
}

/** Ends the workers, whatever they do. */
export async function dismiss({ workers }: Team): Promise<void> {
  await Promise.all(workers.map((worker) => worker.terminate()));
}

/** Reads a file. */
export async function readTogether(
  { workers, rows }: Team,
  { path, bytes, blockBytes }: { path: string; bytes: number; blockBytes: number },
  onMistakes: OnMistakes,
  signal?: AbortSignal,
): Promise<void> {
  const task: Task = { kind: 'read', path, bytes, blockBytes };
  await Promise.all(
    workers.map((worker) => carryOut(worker, task, 'read', { rows, onMistakes, signal })),
  );
}

/** What each of the workers has counted. */
export function countsOf({ workers }: Team): Promise<NumberCounts[]> {
  return Promise.all(
    workers.map(async (worker) => (await carryOut(worker, { kind: 'counts' }, 'counts')).counts),
  );
}

/** Ranks what the workers have read; `ranks` has an entry for each of them. */
export function rankTogether(
  { workers }: Team,
  ranks: readonly Ranks[],
  signal?: AbortSignal,
): Promise<{ repeats: Repeats; blocks: Block[] }[]> {
  return Promise.all(
    workers.map((worker, i) =>
      carryOut(worker, { kind: 'rank', ranks: ranks[i] }, 'ranked', { signal }),
    ),
  );
}

/** Sends a task and waits for its answer. */
function carryOut<Kind extends Answer['kind']>(
  worker: Worker,
  task: Task,
  kind: Kind,
  options: { rows?: SharedRows; onMistakes?: OnMistakes; signal?: AbortSignal | undefined } = {},
): Promise<Extract<Answer, { kind: Kind }>> {
  const { rows, onMistakes, signal } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Extract<Answer, { kind: Kind }>>();
  const onAbort = () => reject(signal!.reason);
  const onMessage = (message: Answer) => {
    if (message.kind === kind) resolve(message as Extract<Answer, { kind: Kind }>);
    else if (message.kind === 'failed') reject(new Problem(message.code, message.message));
    else if (message.kind === 'mistakes') {
      onMistakes!(message.mistakes).then(() => answer(rows!), reject);
    }
  };
  signal?.throwIfAborted();
  signal?.addEventListener('abort', onAbort);
  worker.on('message', onMessage).on('error', reject);
  worker.postMessage(task);
  return promise.finally(() => {
    signal?.removeEventListener('abort', onAbort);
    worker.off('message', onMessage).off('error', reject);
  });
}
