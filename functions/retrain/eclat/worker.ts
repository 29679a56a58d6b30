import { parentPort } from 'node:worker_threads';
import { transferable } from './harvest.ts';
import { control, type Job } from './job.ts';
import { instantiate } from './kernel.ts';
import { emptyHarvest, takePart } from './thread.ts';

/** A job to take part in, as one of its threads. */
export interface Call {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  job: Job;
  thread: number;
}

/** How long a thread without work waits before it looks again; nobody wakes it. */
const restMs = 0.2;

parentPort?.on('message', ({ module, memory, job, thread }: Call) => {
  const kernel = instantiate(module, memory);
  kernel.openControl(control);
  const harvest = emptyHarvest();
  const part = takePart(kernel, job, thread, harvest);
  const never = new Int32Array(new SharedArrayBuffer(4));
  let step = part.next();
  while (!step.done) {
    if (step.value) Atomics.wait(never, 0, 0, restMs);
    step = part.next();
  }
  parentPort?.postMessage({ end: step.value, harvest }, transferable(harvest));
});
parentPort?.postMessage('ready');
