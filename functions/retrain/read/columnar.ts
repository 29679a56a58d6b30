/** Files of columns: which they are, and what their columns hold, some rows at a time. */
import { type FileHandle, open } from 'node:fs/promises';
import { problem } from '../../../shared/problems.ts';
import { openInThread, type Patience, takeThread } from './columnarThread.ts';
import { isSystemError, unreadable } from './unreadable.ts';

/** A format that is told by its first bytes. */
export type ColumnarFormat = 'parquet' | 'arrow';

/** An open file of columns; who opens it closes it. */
export interface ColumnarFile extends DecodedFile {
  format: ColumnarFormat;
}

/** What a library makes of it. */
export interface DecodedFile {
  /** The names of the columns. */
  header: string[];
  /** Which of them hold lists. */
  lists: string[];
  /**
   * The values of some columns, in their order, for a row group or a record batch after the other:
   * strings, numbers, booleans, null, and arrays and objects of these.
   */
  batches(columns: readonly string[]): AsyncGenerator<unknown[][], void, undefined>;
  close(): Promise<void>;
}

/**
 * Opens a file of columns.
 *
 * @returns undefined when it is none.
 * @throws Problem `dataset-missing`, `dataset-corrupt`, `store-unusable`; the signal's reason
 */
export async function openColumnar(
  path: string,
  patience: Patience = {},
): Promise<ColumnarFile | undefined> {
  let handle: FileHandle | undefined;
  let format: ColumnarFormat | undefined;
  let bytes = 0;
  try {
    handle = await open(path);
    format = await formatOf(handle);
    bytes = (await handle.stat()).size;
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await handle?.close();
  }
  if (format === undefined) return undefined;
  const { signal } = patience;
  const wrong = (error: unknown) => (signal?.aborted ? signal.reason : corrupt(path, error));
  // Where none starts, that is no fault of the file.
  const thread = await takeThread();
  try {
    const opened = await openInThread(thread, { path, format, bytes }, patience);
    return { ...opened, format, batches: (columns) => orElse(opened.batches(columns), wrong) };
  } catch (error) {
    throw wrong(error);
  }
}

/**
 * The most that a page or a buffer of a file may say that it unpacks to: writers make pages of a MiB, and
 * what compresses well still takes a byte for a thousand.
 */
export function mostPageBytes(fileBytes: number): number {
  return Math.min(2 ** 28, 2 ** 24 + 2 ** 10 * fileBytes);
}

/**
 * Holds what a file says of itself against its size, before memory is taken for it: a few bytes could
 * announce rows for days. Rows of which each is like the one before take a bit or less.
 * @throws Error
 */
export function checkRows(rows: number, fileBytes: number): void {
  if (rows < 0 || rows > 2 ** 16 + 64 * fileBytes) {
    throw new Error(`it cannot have ${rows} rows in ${fileBytes} bytes`);
  }
}

/** Parquet and Arrow files have a magic word; a stream of Arrow begins with a continuation mark. */
async function formatOf(handle: FileHandle): Promise<ColumnarFormat | undefined> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
  const begin = buffer.toString('latin1', 0, bytesRead);
  if (begin.startsWith('PAR1')) return 'parquet';
  const stream = bytesRead === 8 && buffer.readInt32LE(0) === -1 && buffer.readInt32LE(4) > 0;
  return begin.startsWith('ARROW1') || stream ? 'arrow' : undefined;
}

async function* orElse<Batch>(
  batches: AsyncGenerator<Batch, void, undefined>,
  wrong: (error: unknown) => unknown,
) {
  try {
    yield* batches;
  } catch (error) {
    throw wrong(error);
  }
}

function corrupt(path: string, error: unknown): Error {
  if (isSystemError(error)) return unreadable(path, error);
  const { message: reason } = error as Error;
  return Object.assign(problem('dataset-corrupt', { path, reason }), { cause: error });
}

/** A value as JSON could say it; numbers of 64 bits and times as text, what is no number as null. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return Number.isNaN(value) ? null : value;
  if (value instanceof Date) return value.toISOString();
  if ('length' in value) {
    return Array.from(value as ArrayLike<unknown> & Iterable<unknown>, plain);
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
