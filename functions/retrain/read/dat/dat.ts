/**
 * FIMI's .dat: one transaction a line, its items as whole numbers parted by blanks. Straight from
 * bytes to rows in typed arrays, on all cores. See ../datRows.ts for the same with names.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { problem } from '../../../../shared/problems.ts';
import { rester, withRests } from '../../rest.ts';
import { type Bytes, openFile } from '../bytes.ts';
import { decode } from '../text.ts';
import type { Mistake, ReadAt } from './block.ts';
import { type Block, beginFile, claimBlock, newSharedRows, taken } from './csr.ts';
import { type Hand, newHand, rankBlocks, readBlock } from './hand.ts';
import { closeGaps, type Ranks, type Repeats, rankAgain, rankNumbers } from './rank.ts';
import { countsOf, dismiss, newTeam, rankTogether, readTogether, type Team } from './team.ts';

/** How to read. */
export interface DatOptions {
  /** Threads that read a large file that is not compressed; with 1 no worker is started. */
  threads?: number | undefined;
  /** Ends the reading with the signal's reason. */
  signal?: AbortSignal | undefined;
  /**
   * Told of what is no number from 0 to 2^32 - 1, file by file in the order of lines, counted from
   * 1; it is left out then. Default: it is an error.
   */
  onMistakes?: ((path: string, mistakes: Mistake[]) => Promise<void>) | undefined;
  /** Told of each file that is read. */
  onFile?: ((file: FileRead) => Promise<void>) | undefined;
  /** Bytes that a thread reads at once; a file of 16 blocks is large. */
  blockBytes?: number;
}

/** A file that was read. */
export interface FileRead {
  path: string;
  transactions: number;
  /** Repeats included. */
  items: number;
}

/** Transactions ready to be mined. */
export interface DatSet {
  /** Items are coded by descending support, ties by number; the arrays are shared memory. */
  transactions: { offsets: Uint32Array; items: Uint32Array; itemCount: number };
  /** The number in the file for each code. */
  numbers: Uint32Array;
  /** Transactions that hold each item. */
  supports: Uint32Array;
  /** The line of each transaction in its file, from 1. */
  lines: Uint32Array;
  files: FileRead[];
  /** Items that stood in their transaction already. */
  repeats: number;
}

const blockBytesOfFile = 1 << 20;
const blocksOfLargeFile = 16;
const lineFeed = 0x0a;

/**
 * Reads .dat files, compressed or not. The result is the same with any number of threads. A line
 * without a number is no transaction.
 *
 * @throws Problem `dataset-missing`; `dataset-corrupt` for a damaged compressed stream and, unless
 *   `onMistakes` is given, for what is no number; `dataset-too-large` from 2^32 - 1 items on; the
 *   signal's reason after an abort.
 */
export async function readDat(paths: readonly string[], options: DatOptions = {}): Promise<DatSet> {
  const { threads = 1, signal } = options;
  const rows = newSharedRows();
  const own = newHand(rows);
  const files: DatSet['files'] = [];
  let team: Team | undefined;
  try {
    for (const path of paths) {
      const before = taken(rows);
      const source = await openSource(path, options);
      beginFile(rows);
      try {
        if (threads > 1 && source.isLarge) {
          team ??= newTeam(rows, threads);
          await readTogether(team, source, source.onMistakes, signal);
        } else if (source.bytes > 0) await readAlone(own, source);
        else await readStream(own, source);
      } finally {
        await source.close();
      }
      const after = taken(rows);
      const transactions = after.rows - before.rows;
      files.push({ path, transactions, items: after.items - before.items });
      await options.onFile?.(files.at(-1)!);
    }
    return { ...(await rankAll(own, team, signal)), files };
  } finally {
    if (team !== undefined) await dismiss(team);
  }
}

/** A file that is to be read. */
interface Source {
  path: string;
  /** Of a file that can be read from anywhere; of any other 0. */
  bytes: number;
  blockBytes: number;
  isLarge: boolean;
  /** All of it, as UTF-8. */
  text: Bytes;
  onMistakes(mistakes: Mistake[]): Promise<void>;
  signal: AbortSignal | undefined;
  close(): Promise<void>;
}

async function openSource(path: string, options: DatOptions): Promise<Source> {
  const { blockBytes = blockBytesOfFile, signal } = options;
  const { compression, bytes: packed, close } = await openFile(path, signal);
  try {
    const first = await packed.next();
    const all = first.done ? packed : withFirst(first.value, packed);
    const mark = first.done ? '' : Buffer.from(first.value.subarray(0, 2)).toString('hex');
    const isUtf16 = mark === 'fffe' || mark === 'feff';
    const status = await stat(path);
    const bytes = compression === 'none' && !isUtf16 && status.isFile() ? status.size : 0;
    return {
      path,
      bytes,
      blockBytes,
      isLarge: bytes >= blocksOfLargeFile * blockBytes,
      text: isUtf16 ? utf8(all) : all,
      onMistakes: (mistakes) => reportTo(options.onMistakes, path, mistakes),
      signal,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function* withFirst(first: Uint8Array, others: Bytes): Bytes {
  yield first;
  yield* others;
}

async function* utf8(bytes: Bytes): Bytes {
  for await (const text of (await decode(bytes)).text) yield Buffer.from(text);
}

async function reportTo(
  onMistakes: DatOptions['onMistakes'],
  path: string,
  mistakes: Mistake[],
): Promise<void> {
  if (onMistakes !== undefined) return onMistakes(path, mistakes);
  const [{ line, found }] = mistakes;
  const what = /^\d+$/.test(found) ? 'a number beyond 4294967295' : JSON.stringify(found);
  const reason = `line ${line} has ${what} where only whole numbers parted by blanks can stand`;
  throw problem('dataset-corrupt', { path, reason });
}

/** Reads a file block by block; the event loop gets its turn between them. */
async function readAlone(hand: Hand, source: Source): Promise<void> {
  const { path, bytes, blockBytes } = source;
  const file = openSync(path, 'r');
  const readAt = (into: Uint8Array, position: number) =>
    readSync(file, into, 0, into.length, position);
  try {
    for (let start = 0; start < bytes; start += blockBytes) {
      await readAndReport(hand, source, readAt, start, start + blockBytes);
    }
  } finally {
    closeSync(file);
  }
}

/** Reads what comes in chunks: whole lines that make a block at least. */
async function readStream(hand: Hand, source: Source): Promise<void> {
  let chunks: Uint8Array[] = [];
  let length = 0;
  let start = 0;
  for await (const chunk of source.text) {
    const lineEnd = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).lastIndexOf(lineFeed);
    length += chunk.length;
    if (lineEnd === -1 || length < source.blockBytes) chunks.push(chunk);
    else {
      const block = Buffer.concat([...chunks, chunk.subarray(0, lineEnd + 1)]);
      await readAndReport(hand, source, readerOf(block), start, block.length);
      // The line end of the block before: only the first block can begin with a byte order mark.
      chunks = [chunk.subarray(lineEnd)];
      length = chunk.length - lineEnd;
      start = 1;
    }
  }
  const block = Buffer.concat(chunks);
  if (block.length > start) {
    await readAndReport(hand, source, readerOf(block), start, block.length);
  }
}

function readerOf(block: Uint8Array): ReadAt {
  return (into, position) => {
    const some = block.subarray(position, position + into.length);
    into.set(some);
    return some.length;
  };
}

async function readAndReport(
  hand: Hand,
  { onMistakes, signal }: Source,
  readAt: ReadAt,
  start: number,
  end: number,
): Promise<void> {
  const found: Mistake[] = [];
  const number = claimBlock(hand.rows);
  readBlock(hand, readAt, { start, end, number }, (mistakes) => found.push(...mistakes));
  if (found.length > 0) await onMistakes(found);
  await setImmediate();
  signal?.throwIfAborted();
}

/** Codes the items by descending support, and takes out what a transaction has twice. */
async function rankAll(
  own: Hand,
  team: Team | undefined,
  signal: AbortSignal | undefined,
): Promise<Omit<DatSet, 'files'>> {
  const { rows } = own;
  const read = taken(rows);
  const counts = [own.parser.counts, ...(team ? await countsOf(team) : [])];
  const { ranks, ...first } = await withRests(rankNumbers(counts), rester(signal));
  let ranking = first;
  let ranked = await rankRows(own, team, ranks, signal);
  const repeats = ranked.map(({ repeats }) => repeats);
  if (repeats.some(({ size }) => size > 0)) {
    const again = await withRests(rankAgain(ranking, repeats), rester(signal));
    ranking = again;
    ranked = await rankRows(own, team, [again.ranks, ...counts.map(() => again.ranks)], signal);
  }
  const items = closeGaps(
    rows,
    ranked.flatMap(({ blocks }) => blocks),
  );
  const lines = new Uint32Array(rows.lines, 0, read.rows);
  return {
    transactions: {
      offsets: new Uint32Array(rows.offsets, 0, read.rows + 1),
      items: new Uint32Array(rows.items, 0, items),
      itemCount: ranking.numbers.length,
    },
    numbers: ranking.numbers,
    supports: ranking.supports,
    lines,
    repeats: read.items - items,
  };
}

async function rankRows(
  own: Hand,
  team: Team | undefined,
  [ownRanks, ...teamRanks]: readonly Ranks[],
  signal: AbortSignal | undefined,
): Promise<{ repeats: Repeats; blocks: Block[] }[]> {
  const all = team ? rankTogether(team, teamRanks, signal) : [];
  const repeats: Repeats = new Map();
  for (const _ of rankBlocks(own, ownRanks, repeats)) {
    await setImmediate();
    signal?.throwIfAborted();
  }
  return [{ repeats, blocks: own.blocks }, ...(await all)];
}
