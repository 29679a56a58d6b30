/** A thread in which files of columns are decoded, one after the other; see columnarThread.ts. */
import { open } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { openArrow } from './arrow.ts';
import type { DecodedFile } from './columnar.ts';
import type { Answer, Task } from './columnarThread.ts';
import { packed, weightOf } from './handedColumn.ts';
import { openParquet } from './parquet.ts';

const port = parentPort!;

/** Rows that are handed over at once: of a row group, nobody but this thread needs the whole. */
const rowsAtOnce = 8192;

/**
 * Characters after which no more rows are handed over, and the most that a row may have. Values can be one
 * and the same in this thread, as often as a file refers to it, and are as many when they are copied.
 */
const enoughCharacters = 2 ** 22;
const mostCharacters = 2 ** 26;

let file: DecodedFile | undefined;
let slices: ReturnType<typeof sliced> | undefined;

port.on('message', (task: Task) => {
  if (task.kind === 'end') return port.close();
  carryOut(task).then(
    (answer) => port.postMessage(answer),
    (error: Error & { code?: string; syscall?: string }) => {
      const { message, code, syscall } = error;
      const failed: Answer = { kind: 'failed', message, code, syscall };
      port.postMessage(failed);
    },
  );
});

port.postMessage('ready');

async function carryOut(task: Exclude<Task, { kind: 'end' }>): Promise<Answer> {
  if (task.kind === 'open') {
    const handle = await open(task.path);
    try {
      file = await (task.format === 'parquet' ? openParquet(handle) : openArrow(handle));
    } catch (error) {
      await handle.close();
      throw error;
    }
    const { header, lists } = file;
    return { kind: 'open', header, lists };
  }
  if (task.kind === 'next') {
    slices ??= sliced(file!, task.columns);
    const { value } = await slices.next();
    return { kind: 'next', values: value ? value.map(packed) : undefined };
  }
  await file?.close();
  file = undefined;
  slices = undefined;
  return { kind: 'close' };
}

async function* sliced(
  { batches }: DecodedFile,
  columns: readonly string[],
): AsyncGenerator<unknown[][], void, undefined> {
  for await (const batch of batches(columns)) {
    const rows = batch[0]?.length ?? 0;
    for (let row = 0; row < rows; ) {
      const begin = row;
      for (let characters = 0; row < rows && row < begin + rowsAtOnce; row++) {
        if (characters > enoughCharacters) break;
        let weight = 0;
        for (const values of batch) weight += weightOf(values[row]);
        if (weight > mostCharacters) throw new Error(`row ${row} is too large`);
        characters += weight;
      }
      yield batch.map((values) => values.slice(begin, row));
    }
  }
}
