import { problem } from '../../shared/problems.ts';

/** How often the memory is looked at: kernels come back as often. */
const intervalMs = 50;

/**
 * Does work that ends with one clear error when the process takes more memory than it may, before
 * the system ends the process without a word.
 *
 * @param limitBytes What the process may have resident, all threads together.
 * @param signal Ends the work as well.
 * @param work Ends with the reason of the signal that it is given. Steps that block the thread ask
 *   `check` when they are done.
 * @throws Problem `too-little-memory`, also where the system refuses memory; and what the work throws.
 */
export async function withinMemory<Result>(
  limitBytes: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal, check: () => void) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal!.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort);
  const look = (): void => {
    const takenBytes = process.memoryUsage.rss();
    if (takenBytes > limitBytes) controller.abort(tooLittle(takenBytes, limitBytes));
  };
  const check = (): void => {
    look();
    controller.signal.throwIfAborted();
  };
  const timer = setInterval(look, intervalMs);
  try {
    return await work(controller.signal, check);
  } catch (error) {
    // What the system refuses is no defect: it has no more to give.
    if (!isRefusal(error)) throw error;
    const refused = problem('too-little-memory', { reason: `${error.message}.` });
    refused.cause = error;
    throw refused;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Whether an error is V8's or Node's for memory that could not be had. */
function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY' || code === 'ENOMEM') return true;
  return error instanceof RangeError && /allocation failed|could not allocate/i.test(error.message);
}

function tooLittle(takenBytes: number, limitBytes: number): Error {
  const mib = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  const reason = `It needs ${mib(takenBytes)} or more, and may have ${mib(limitBytes)} (--max-memory).`;
  return problem('too-little-memory', { reason });
}
