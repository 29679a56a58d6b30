/**
 * Decoding of files of columns in a thread. A file that lies of itself can have its library go round
 * for ever, or take all memory: a thread can be ended, and nobody else waits for it meanwhile.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { availableBytes } from '../../../shared/configuration.ts';
import { entryPath } from '../../../shared/entry.ts';
import type { ColumnarFormat, DecodedFile } from './columnar.ts';
import { type HandedColumn, unpacked } from './handedColumn.ts';

/** What the thread is told to do, */
export type Task =
  | { kind: 'open'; path: string; format: ColumnarFormat }
  | { kind: 'next'; columns: readonly string[] }
  | { kind: 'close' }
  | { kind: 'end' };

/** and what it answers, once to each task but the last one, which has the same kind. */
export type Answer =
  | { kind: 'open'; header: string[]; lists: string[] }
  /** No values: there are no more. */
  | { kind: 'next'; values: HandedColumn[] | undefined }
  | { kind: 'close' }
  | { kind: 'failed'; message: string; code: string | undefined; syscall: string | undefined };

/** How long to wait. */
export interface Patience {
  /** Ends the reading with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** For the next rows, in milliseconds; without it a minute, in which row groups of 128 MiB come. */
  patienceMs?: number | undefined;
}

/** What a file is, and what decoding it may take. */
export interface FileAtHand {
  path: string;
  format: ColumnarFormat;
  bytes: number;
}

/**
 * Processor time that all of a file may take, in milliseconds. What is right takes a hundredth of it: a
 * tenth of a microsecond a byte. It is the thread's own time, so that a machine that is busy, or a
 * volume that is slow, says nothing of a file.
 */
function mostDecodingMs(fileBytes: number): number {
  return 250 + fileBytes / 100;
}

/** How often that is looked at. */
const lookMs = 50;

/** What the values in a thread may take: half of what the process may have, and no more than V8 gives. */
const heapMebibytes = () => Math.min(4096, Math.floor(availableBytes() / 2 / 2 ** 20));

/** How long a thread stays that nobody needs. */
const idleMs = 1000;

/** Threads that have nothing to do: a data set can have a thousand files, and a start takes long. */
const idle = new Map<Worker, NodeJS.Timeout>();

/**
 * A thread that has nothing to do, for `openInThread`.
 * @param heap What values may take in one that has to be started, in MiB.
 * @throws Error where none starts.
 */
export async function takeThread(heap = heapMebibytes()): Promise<Worker> {
  for (const [worker, end] of idle) {
    clearTimeout(end);
    idle.delete(worker);
    worker.ref();
    return worker;
  }
  const path = entryPath(import.meta.url, './columnarWorker.ts', './columnar-worker.mjs');
  const worker = new Worker(path, { resourceLimits: { maxOldGenerationSizeMb: heap } });
  // What fails in it between two tasks must not end this process, nor what comes next.
  for (const end of ['error', 'exit']) worker.on(end, () => idle.delete(worker));
  // It says when it has loaded its libraries: a slow start says nothing of a file.
  await once(worker, 'message');
  return worker;
}

function leaveThread(worker: Worker): void {
  worker.unref();
  const end = setTimeout(() => {
    idle.delete(worker);
    const task: Task = { kind: 'end' };
    worker.postMessage(task);
  }, idleMs);
  idle.set(worker, end.unref());
}

/**
 * Opens a file in a thread, which is its own until it is closed.
 * @throws Error, that of the system where it has `syscall`; the signal's reason.
 */
export async function openInThread(
  worker: Worker,
  { path, format, bytes }: FileAtHand,
  patience: Patience,
): Promise<DecodedFile> {
  let isLost = false;
  const mostMs = (await decodingMs(worker)) + mostDecodingMs(bytes);
  const tell = async <Kind extends Task['kind']>(
    task: Extract<Task, { kind: Kind }>,
    some = patience,
  ) => {
    const answer = await ask(worker, task, some, mostMs).catch((error) => {
      isLost = true;
      throw error;
    });
    if (answer.kind !== 'failed') return answer as Extract<Answer, { kind: Kind }>;
    const { message, code, syscall } = answer;
    const error = new Error(message);
    throw syscall === undefined ? error : Object.assign(error, { code, syscall });
  };
  const close = async () => {
    // Of a file that failed, something may still be decoded. What is not at its end now is lost: what
    // comes next must not wait for it.
    if (!isLost) await tell({ kind: 'close' }, { patienceMs: 1000 }).catch(() => {});
    if (isLost) await worker.terminate();
    else leaveThread(worker);
  };
  try {
    const { header, lists } = await tell({ kind: 'open', path, format });
    return {
      ...{ header, lists, close },
      async *batches(columns) {
        for (;;) {
          const { values } = await tell({ kind: 'next', columns });
          if (values === undefined) return;
          yield values.map(unpacked);
        }
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Processor time that a thread has taken since it began, in milliseconds. */
async function decodingMs(worker: Worker): Promise<number> {
  const { user, system } = await worker.cpuUsage();
  return (user + system) / 1000;
}

/** @param mostMs What {@link decodingMs} may come to. */
function ask(
  worker: Worker,
  task: Task,
  { signal, patienceMs = 60_000 }: Patience,
  mostMs: number,
): Promise<Answer> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const late = setTimeout(
    () => reject(new Error(`nothing was read of it for ${patienceMs / 1000} seconds`)),
    patienceMs,
  );
  const look = async () => {
    if ((await decodingMs(worker)) > mostMs) {
      reject(new Error('decoding it takes longer than any file of its size'));
    }
  };
  // A thread that has ended tells so by itself.
  const looking = setInterval(() => void look().catch(() => {}), lookMs);
  // Who has ended has no limits any more.
  const most = worker.resourceLimits?.maxOldGenerationSizeMb;
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  const onError = (error: Error) => reject(fullHeap(most, error) ?? error);
  const onExit = () => reject(new Error('the thread that decodes it has ended'));
  worker.once('message', resolve).once('error', onError).once('exit', onExit);
  worker.postMessage(task);
  return promise.finally(() => {
    clearTimeout(late);
    clearInterval(looking);
    signal?.removeEventListener('abort', onAbort);
    worker.off('message', resolve).off('error', onError).off('exit', onExit);
  });
}

/** What is said where the values of a file are more than a thread may have. */
function fullHeap(most: number | undefined, error: Error): Error | undefined {
  if (!('code' in error) || error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return undefined;
  return new Error(`its values take more than ${most} MiB at once; smaller row groups take less`);
}
