import { Worker } from 'node:worker_threads';
import type { Harvest } from './harvest.ts';
import type { End } from './thread.ts';
import type { Call } from './worker.ts';

/** What a thread answers to a call. */
export interface Answer {
  end: End;
  harvest: Harvest;
}

/** A thread that waits to be called. */
export interface Crew {
  /** Hands a job to the thread; one at a time. */
  call(call: Call): Promise<Answer>;
  close(): Promise<void>;
}

/** Bundled, the worker stands beside the program (Makefile); in the sources, beside this file. */
/* c8 ignore next -- the other one is run in e2e/bundles.test.ts. */
const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './eclat-worker.mjs';

/** Starts a worker. It keeps no process alive that has nothing else to do. */
export function startWorker(): { ready: Promise<void>; crew: Crew } {
  // Not with the program's own loaders and profilers: they would only make it start slowly.
  const worker = new Worker(new URL(file, import.meta.url), { execArgv: [] });
  worker.unref();
  const next = <T>() =>
    new Promise<T>((resolve, reject) => {
      const settle = (act: () => void) => {
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        act();
      };
      const onMessage = (message: T) => settle(() => resolve(message));
      /* c8 ignore next -- only a defect of the kernel ends a thread like this. */
      const onError = (error: Error) => settle(() => reject(error));
      const onExit = () => settle(() => reject(new Error('A mining thread has ended.')));
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    });
  return {
    ready: next<'ready'>().then(() => {}),
    crew: {
      call: (call) => {
        worker.ref();
        worker.postMessage(call);
        return next<Answer>().finally(() => worker.unref());
      },
      close: async () => {
        await worker.terminate();
      },
    },
  };
}
