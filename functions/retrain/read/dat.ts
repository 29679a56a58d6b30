/** FIMI's .dat: one transaction a line, its items as whole numbers parted by blanks. */
import { problem } from '../../../shared/problems.ts';
import { openFile } from './bytes.ts';
import { addRow, emptyBatch, isFull, type RowBatch, reject } from './row.ts';
import { lines } from './text.ts';

const largestNumber = 0xffffffff;
const lineFeed = Uint8Array.of(0x0a);

/**
 * Reads the items as rows. The transaction's id is `<file>:<line>`, the title is the item's number
 * without leading zeros. An item that is no number from 0 to 2^32 - 1 is a rejected row; blank
 * lines are no rows.
 */
export async function* readDatRows(
  path: string,
  text: AsyncIterable<string>,
): AsyncGenerator<RowBatch, void, undefined> {
  let batch = emptyBatch(path);
  let number = 0;
  for await (const some of lines(path, text, '\n')) {
    for (const line of some) {
      const transaction = `${path}:${++number}`;
      for (const [token] of line.matchAll(/[^ \t\r]+/g)) {
        const item = Number(token);
        if (!/^\d+$/.test(token) || item > largestNumber) reject(batch, number, 'number', token);
        else addRow(batch, number, transaction, String(item), '', token);
        if (isFull(batch)) {
          yield batch;
          batch = emptyBatch(path);
        }
      }
    }
  }
  yield batch;
}

/** Transactions for mining, read without names. */
export interface DatFile {
  transactions: {
    /** Transaction t has `items[offsets[t]]` up to before `items[offsets[t + 1]]`. */
    offsets: Uint32Array;
    /** Codes from 0 to itemCount - 1, ascending within a transaction, without repeats. */
    items: Uint32Array;
    itemCount: number;
  };
  /** The number in the file for each code, ascending. */
  ids: Uint32Array;
}

/**
 * Reads a .dat file, compressed or not, straight into typed arrays. A blank line is no transaction.
 *
 * @throws Problem `dataset-missing`; `dataset-corrupt` for text, a number beyond 2^32 - 1 or a
 *   damaged compressed stream; the signal's reason after an abort.
 */
export async function readDat(
  path: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<DatFile> {
  const file = await openFile(path, signal);
  try {
    return coded(await parseDat(path, file.bytes));
  } finally {
    await file.close();
  }
}

/** What is read so far, with the numbers of the file; and the place in it. */
interface Progress {
  /** The first `length` are filled, and `offsets` up to `transactions`. */
  items: Uint32Array<ArrayBuffer>;
  length: number;
  offsets: Uint32Array<ArrayBuffer>;
  transactions: number;
  line: number;
  /** The number that the last chunk ended within; -1 when it ended between numbers. */
  number: number;
}

async function parseDat(path: string, bytes: AsyncIterable<Uint8Array>): Promise<Progress> {
  const items = new Uint32Array(1 << 16);
  const offsets = new Uint32Array(1 << 12);
  const progress = { items, length: 0, offsets, transactions: 0, line: 1, number: -1 };
  for await (const chunk of bytes) parseChunk(path, progress, chunk);
  parseChunk(path, progress, lineFeed);
  return progress;
}

/** Adds a chunk, whole or not, to what is read. The places are kept in variables: it is faster. */
function parseChunk(path: string, progress: Progress, chunk: Uint8Array): void {
  let { items, length, line, number } = progress;
  // A chunk of n bytes has at most n / 2 + 1 numbers, and the one that it ends.
  if (items.length < length + chunk.length / 2 + 2) {
    items = grown(items, length + chunk.length);
    progress.items = items;
  }
  for (let i = 0; i < chunk.length; i++) {
    const byte = chunk[i]!;
    if (byte >= 0x30 && byte <= 0x39) {
      number = (number === -1 ? 0 : number * 10) + byte - 0x30;
      if (number > largestNumber) throw notNumbers(path, line, 'a number beyond 4294967295');
    } else if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      if (number !== -1) items[length++] = number;
      number = -1;
      if (byte === 0x0a) {
        length = endTransaction(progress, length);
        line++;
      }
    } else {
      throw notNumbers(path, line, JSON.stringify(String.fromCharCode(byte)));
    }
  }
  progress.length = length;
  progress.line = line;
  progress.number = number;
}

/** Ends the transaction that ends with the item before `length`; gives the length that is left. */
function endTransaction(progress: Progress, length: number): number {
  const { items, transactions } = progress;
  const start = progress.offsets[transactions]!;
  if (length === start) return length;
  let i = start + 1;
  while (i < length && items[i - 1]! < items[i]!) i++;
  let end = length;
  if (i < length) {
    items.subarray(start, length).sort();
    end = withoutRepeats(items, start, length);
  }
  if (transactions + 1 === progress.offsets.length) {
    progress.offsets = grown(progress.offsets, transactions * 2);
  }
  progress.offsets[transactions + 1] = end;
  progress.transactions++;
  return end;
}

function notNumbers(path: string, line: number, found: string): Error {
  const reason = `line ${line} has ${found} where only whole numbers parted by blanks can stand`;
  return problem('dataset-corrupt', { path, reason });
}

function grown(array: Uint32Array, atLeast: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(array.length * 2, atLeast));
  larger.set(array);
  return larger;
}

/** Removes repeats in place from a sorted part; gives the index behind its last item. */
function withoutRepeats(sorted: Uint32Array, start: number, end: number): number {
  let last = start;
  for (let i = start + 1; i < end; i++) {
    if (sorted[i] !== sorted[last]) sorted[++last] = sorted[i]!;
  }
  return last + 1;
}

/** Codes in the order of the numbers, so that a sorted row stays sorted. */
function coded(progress: Progress): DatFile {
  const offsets = progress.offsets.slice(0, progress.transactions + 1);
  const items = progress.items.slice(0, progress.length);
  let largest = 0;
  for (let i = 0; i < items.length; i++) if (items[i]! > largest) largest = items[i]!;
  // By a table, unless the numbers are so sparse that it would be far larger than the data.
  const ids =
    largest < items.length * 4 + 65_536 ? codeByTable(items, largest) : codeBySearch(items);
  return { transactions: { offsets, items, itemCount: ids.length }, ids };
}

/** Replaces numbers by codes in place; gives the number of each code. */
function codeByTable(items: Uint32Array, largest: number): Uint32Array {
  const codes = new Uint32Array(largest + 1);
  for (let i = 0; i < items.length; i++) codes[items[i]!] = 1;
  let count = 0;
  const ids = new Uint32Array(Math.min(items.length, codes.length));
  for (let number = 0; number <= largest; number++) {
    if (codes[number] === 0) continue;
    ids[count] = number;
    codes[number] = count++;
  }
  for (let i = 0; i < items.length; i++) items[i] = codes[items[i]!]!;
  return ids.slice(0, count);
}

/** What {@link codeByTable} does, with memory for the items alone. */
function codeBySearch(items: Uint32Array): Uint32Array {
  const sorted = items.slice().sort();
  const ids = sorted.slice(0, withoutRepeats(sorted, 0, sorted.length));
  for (let i = 0; i < items.length; i++) {
    let low = 0;
    let high = ids.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ids[middle]! < items[i]!) low = middle + 1;
      else high = middle;
    }
    items[i] = low;
  }
  return ids;
}
