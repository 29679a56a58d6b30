/**
 * Decoding of files of columns in a thread. A file that lies of itself can have its library go round
 * for ever, or take all memory: a thread can be ended, and nobody else waits for it meanwhile.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { entryPath } from '../../../shared/entry.ts';
import type { ColumnarFormat, DecodedFile } from './columnar.ts';

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
  | { kind: 'next'; values: unknown[][] | undefined }
  | { kind: 'close' }
  | { kind: 'failed'; message: string; code: string | undefined; syscall: string | undefined };

/** How long to wait. */
export interface Patience {
  /** Ends the reading with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** For the next rows, in milliseconds; without it a minute, in which row groups of 128 MiB come. */
  patienceMs?: number | undefined;
}

/** How long a thread stays that nobody needs. */
const idleMs = 1000;

/** Threads that have nothing to do: a data set can have a thousand files, and a start takes long. */
const idle = new Map<Worker, NodeJS.Timeout>();

/** A thread that has nothing to do, for `openInThread`. @throws Error where none starts. */
export async function takeThread(): Promise<Worker> {
  for (const [worker, end] of idle) {
    clearTimeout(end);
    idle.delete(worker);
    worker.ref();
    return worker;
  }
  const path = entryPath(import.meta.url, './columnarWorker.ts', './columnar-worker.mjs');
  const worker = new Worker(path);
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
  path: string,
  format: ColumnarFormat,
  patience: Patience,
): Promise<DecodedFile> {
  let isLost = false;
  const tell = async <Kind extends Task['kind']>(
    task: Extract<Task, { kind: Kind }>,
    some = patience,
  ) => {
    const answer = await ask(worker, task, some).catch((error) => {
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
          yield values;
        }
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function ask(
  worker: Worker,
  task: Task,
  { signal, patienceMs = 60_000 }: Patience,
): Promise<Answer> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const late = setTimeout(
    () => reject(new Error(`nothing was read of it for ${patienceMs / 1000} seconds`)),
    patienceMs,
  );
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  worker.once('message', resolve).once('error', reject);
  worker.postMessage(task);
  return promise.finally(() => {
    clearTimeout(late);
    signal?.removeEventListener('abort', onAbort);
    worker.off('message', resolve).off('error', reject);
  });
}
