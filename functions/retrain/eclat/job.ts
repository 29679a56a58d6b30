import { EclatError } from './error.ts';
import type { Kernel } from './kernel.ts';
import type { Transactions } from './types.ts';

/** Where the control block is, and its words; the rest of the first bytes are threads' slots. */
export const control = 0;
const stopAt = 4;
const endAt = 8;
const limitAt = 12;
const slotsAt = 64;
const slotBytes = 64;

/** Items that are handed to a kernel at once: what fits in a cache, and takes less than 1 ms. */
const itemsPerStep = 1 << 16;

/** What is wanted, in the numbers of kernel/job.ts. */
export interface Wanted {
  target: number;
  minSupport: number;
  minLength: number;
  maxLength: number;
  keeping: boolean;
}

/** A job that lies in memory, ready for any number of threads. */
export interface Job {
  address: number;
  /** Of all classes together: rows that they go through. */
  weight: number;
  longestRow: number;
}

/** Makes an empty memory ready. @param limitPages Of 64 KiB. */
export function layOut(kernel: Kernel, threads: number, limitPages: number): void {
  const words = new Uint32Array(kernel.memory.buffer, control, 4);
  words.fill(0);
  words[endAt / 4] = Math.ceil((slotsAt + threads * slotBytes) / 16);
  words[limitAt / 4] = limitPages;
  kernel.openControl(control);
}

/** Tells all threads to stop when they next look. */
export function stop(memory: WebAssembly.Memory): void {
  Atomics.store(new Uint32Array(memory.buffer, control, 4), stopAt / 4, 1);
}

export function isStopped(memory: WebAssembly.Memory): boolean {
  return Atomics.load(new Uint32Array(memory.buffer, control, 4), stopAt / 4) !== 0;
}

/** What all threads have told so far. */
export interface Told {
  itemsets: number;
  /** Items of the itemsets that are kept. */
  items: number;
  /** Of the classes that are done. */
  weight: number;
}

export function readTold(memory: WebAssembly.Memory, threads: number): Told {
  const told = { itemsets: 0, items: 0, weight: 0 };
  for (let thread = 0; thread < threads; thread++) {
    const slot = new Float64Array(memory.buffer, control + slotsAt + thread * slotBytes, 4);
    told.weight += slot[1];
    told.itemsets += slot[2];
    told.items += slot[3];
  }
  return told;
}

/** Bytes of all blocks; the memory itself is larger, where nobody has written yet. */
export function takenBytes(memory: WebAssembly.Memory): number {
  return 16 * Atomics.load(new Uint32Array(memory.buffer, control, 4), endAt / 4);
}

/** A block of memory. @throws EclatError where there is none. */
export function allocate(kernel: Kernel, bytes: number): number {
  const address = bytes < 2 ** 32 ? kernel.allocate(bytes) >>> 0 : 0;
  if (address === 0) throw noMemory(kernel.memory);
  return address;
}

export function noMemory(memory: WebAssembly.Memory): EclatError {
  const pages = new Uint32Array(memory.buffer, control, 4)[limitAt / 4];
  return new EclatError(
    'out-of-memory',
    `Mining needs more than the ${pages / 16} MiB that it may take.`,
  );
}

/**
 * Rows to ranks to the lists of each rank's rows, and the order in which classes are mined.
 *
 * @yields every few milliseconds.
 * @throws RangeError where a row breaks the contract of `Transactions`.
 */
export function* prepare(
  kernel: Kernel,
  transactions: Transactions,
  { target, minSupport, minLength, maxLength, keeping }: Wanted,
  threads: number,
): Generator<void, Job> {
  const { offsets, items, itemCount } = transactions;
  const rowCount = offsets.length - 1;
  const words = (address: number, length: number) =>
    new Uint32Array(kernel.memory.buffer, address, length);
  const zeros = (bytes: number) => {
    const address = allocate(kernel, bytes);
    new Uint8Array(kernel.memory.buffer, address, bytes).fill(0);
    return address;
  };

  const steps = toSteps(transactions);
  const most = steps.reduce(
    ([rows, length], [from, to]) => [
      Math.max(rows, to - from),
      Math.max(length, offsets[to] - offsets[from]),
    ],
    [0, 0],
  );
  const stagedOffsets = allocate(kernel, 4 * (most[0] + 1));
  const stagedItems = allocate(kernel, 4 * most[1]);
  const stage = (from: number, to: number) => {
    words(stagedOffsets, to - from + 1).set(offsets.subarray(from, to + 1));
    words(stagedItems, offsets[to] - offsets[from]).set(items.subarray(offsets[from], offsets[to]));
  };

  const counts = zeros(4 * itemCount);
  for (const [from, to] of steps) {
    stage(from, to);
    const wrong = kernel.countItems(stagedOffsets, to - from, stagedItems, itemCount, counts);
    if (wrong > 0) throw wrongItem(transactions, from + wrong - 1);
    yield;
  }

  const { codes, supports } = rankItems(words(counts, itemCount), minSupport, offsets.length);
  const rankCount = codes.length;
  const codesAt = allocate(kernel, 4 * rankCount);
  words(codesAt, rankCount).set(codes);
  const supportsAt = allocate(kernel, 4 * rankCount);
  words(supportsAt, rankCount).set(supports);
  yield;

  const areRanks = codes.every((code, rank) => code === rank);
  const wide = rankCount >= 0xffff;
  const firsts = target === 0 ? 1 : 0;
  const occurrences = supports.reduce((sum, support) => sum + support, 0);
  const rows = allocate(kernel, (wide ? 4 : 2) * (occurrences + offsets.length));
  const firstCounts = zeros(4 * rankCount);
  const seen = zeros(8 * (Math.ceil(rankCount / 64) + Math.ceil(rankCount / 4096)));
  kernel.longestRow.value = 0;
  kernel.pairWork.value = 0;
  const ends = [rows];
  for (const [from, to] of steps) {
    stage(from, to);
    const staged = [Number(wide), stagedOffsets, to - from, stagedItems] as const;
    const write = ends[ends.length - 1];
    const end = areRanks
      ? kernel.cutRows(...staged, rankCount, firstCounts, write)
      : kernel.rankRows(...staged, counts, rankCount, seen, firstCounts, write);
    ends.push(end >>> 0);
    yield;
  }

  const startOffsets = allocate(kernel, 4 * (rankCount + 1));
  const startWords = words(startOffsets, rankCount + 1);
  const firstWords = words(firstCounts, rankCount);
  let startCount = 0;
  for (let rank = 0; rank < rankCount; rank++) {
    startWords[rank] = startCount;
    startCount += supports[rank] - firsts * firstWords[rank];
  }
  startWords[rankCount] = startCount;
  const starts = allocate(kernel, 4 * startCount);
  const cursors = allocate(kernel, 4 * rankCount);
  words(cursors, rankCount).set(words(startOffsets, rankCount));
  const bitRowBytes = wide ? 0 : bytesOfBitRows(supports, rowCount, kernel.pairWork.value);
  const bitRows = bitRowBytes > 0 ? allocate(kernel, bitRowBytes * rowCount) : 0;
  const rowStarts = bitRowBytes > 0 ? allocate(kernel, 4 * rowCount) : 0;
  let row = 0;
  for (let i = 0; i < steps.length; i++) {
    const [from, to] = [ends[i], ends[i + 1]];
    if (bitRows === 0) {
      kernel.listStarts(Number(wide), from, to, rows, firsts, cursors, starts);
    } else {
      const lists = [cursors, starts, bitRows, bitRowBytes, rowStarts] as const;
      row = kernel.setBitRows(from, to, rows, firsts, ...lists, row);
    }
    yield;
  }

  const order = allocate(kernel, 4 * rankCount);
  orderClasses(startWords, words(order, rankCount), threads);
  const taken = zeros(4 * rankCount);

  const fields = [
    target,
    Math.min(minSupport, 0xffffffff),
    minLength,
    Math.min(maxLength, 0xffffffff),
    Number(keeping),
    Number(wide),
    rankCount,
    Number(kernel.longestRow.value),
    codesAt,
    supportsAt,
    rows,
    startOffsets,
    starts,
    order,
    taken,
    threads,
    bitRows,
    bitRowBytes,
    rowStarts,
  ];
  const address = allocate(kernel, 4 * fields.length);
  words(address, fields.length).set(fields);
  return { address, weight: startCount, longestRow: Number(kernel.longestRow.value) };
}

/** Bitsets of rows may take so much: more would not stay in a cache. */
const mostBitRowBytes = 1 << 22;

/**
 * Bytes that each row has as a bitset, if counting is faster so, or 0. Occurrence deliver goes
 * through all pairs of each row, `kernel/slices.ts` through 128 items at once, be they there or not.
 */
function bytesOfBitRows(supports: Uint32Array, rowCount: number, pairWork: number): number {
  const bytes = 16 * Math.ceil(supports.length / 128);
  const slices = supports.reduce((sum, support, rank) => sum + support * Math.ceil(rank / 128), 0);
  return 2 * slices < pairWork && bytes * rowCount <= mostBitRowBytes ? bytes : 0;
}

/** Runs of rows, each from the first to before the last number, that are gone through at once. */
function toSteps({ offsets, items }: Transactions): [from: number, to: number][] {
  const steps: [number, number][] = [];
  let from = 0;
  for (let row = 1; row < offsets.length; row++) {
    if (offsets[row] < offsets[row - 1] || offsets[row] > items.length) {
      throw new RangeError(
        `Row ${row - 1} ends at ${offsets[row]}, which is before its beginning or past the last item.`,
      );
    }
    if (offsets[row] - offsets[from] < itemsPerStep && row + 1 < offsets.length) continue;
    steps.push([from, row]);
    from = row;
  }
  return steps;
}

function wrongItem({ offsets, items, itemCount }: Transactions, row: number): RangeError {
  let previous = -1;
  let at = offsets[row];
  while (items[at] > previous && items[at] < itemCount) previous = items[at++];
  return new RangeError(
    `Row ${row} has item ${items[at]} after ${previous}: items must ascend and be below ${itemCount}.`,
  );
}

/**
 * The frequent items by descending count, ties by code: a counting sort.
 * @param counts Code to count; changed to rank + 1, or 0 where it is not frequent.
 */
function rankItems(
  counts: Uint32Array,
  minSupport: number,
  highest: number,
): { codes: Uint32Array; supports: Uint32Array } {
  // First the number of items of each count, then where they begin in the result.
  const begins = new Uint32Array(highest + 1);
  for (let code = 0; code < counts.length; code++) begins[counts[code]]++;
  let frequent = 0;
  for (let count = highest; count >= minSupport; count--) {
    const items = begins[count];
    begins[count] = frequent;
    frequent += items;
  }
  const codes = new Uint32Array(frequent);
  const supports = new Uint32Array(frequent);
  for (let code = 0; code < counts.length; code++) {
    const count = counts[code];
    if (count < minSupport) {
      counts[code] = 0;
      continue;
    }
    const rank = begins[count]++;
    codes[rank] = code;
    supports[rank] = count;
    counts[code] = rank + 1;
  }
  return { codes, supports };
}

/**
 * One thread takes the classes in the order of the result. More take the heaviest first, so that
 * none is left alone with a heavy one at the end: by rows and what may be in each, coarsely.
 */
function orderClasses(startOffsets: Uint32Array, order: Uint32Array, threads: number): void {
  const bucketOf = (rank: number) =>
    511 - Math.floor(8 * Math.log2((startOffsets[rank + 1] - startOffsets[rank]) * rank + 1));
  if (threads === 1) {
    for (let rank = 0; rank < order.length; rank++) order[rank] = rank;
    return;
  }
  const begins = new Uint32Array(513);
  for (let rank = 0; rank < order.length; rank++) begins[bucketOf(rank) + 1]++;
  for (let bucket = 1; bucket < begins.length; bucket++) begins[bucket] += begins[bucket - 1];
  for (let rank = 0; rank < order.length; rank++) order[begins[bucketOf(rank)]++] = rank;
}
