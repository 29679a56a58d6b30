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
 * @throws Problem `too-little-memory`, and what the work throws.
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
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function tooLittle(takenBytes: number, limitBytes: number): Error {
  const mib = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  const reason = `It needs ${mib(takenBytes)} or more, and may have ${mib(limitBytes)} (--max-memory).`;
  return problem('too-little-memory', { reason });
}
