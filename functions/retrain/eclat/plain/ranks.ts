import type { Transactions } from '../types.ts';

/**
 * The frequent items, ranked: 0 is the one of highest support, ties by code. Rows hold ranks, so
 * that all that is more frequent than an item stands before it in its rows.
 */
export interface Ranked {
  /** Rank to the caller's code. */
  codes: Uint32Array;
  /** Rank to support. */
  supports: Uint32Array;
  /** The ranks in each row, ascending, row after row. */
  rows: Uint32Array;
  /** Most ranks in one row. */
  longestRow: number;
  /** Where in `rows` the rows begin that have something before an item, item after item. */
  starts: Uint32Array;
  /** Ranks + 1 positions in `starts`. */
  startOffsets: Uint32Array;
}

/** Items gone through between two yields: a few milliseconds. */
const itemsPerStep = 1 << 19;

/**
 * Level 1: counts the items, drops the infrequent ones, ranks the others, and lists for each the
 * rows in which it occurs.
 *
 * @yields 0, the share done, every few milliseconds.
 * @throws RangeError where a row breaks the contract of `Transactions`.
 */
export function* rankItems(
  transactions: Transactions,
  minSupport: number,
): Generator<number, Ranked> {
  const { offsets, itemCount } = transactions;
  const steps = toSteps(offsets);
  yield 0;

  const counts = new Uint32Array(itemCount);
  for (const [from, to] of steps) {
    countItems(transactions, from, to, counts);
    yield 0;
  }

  const codes = frequentItems(counts, minSupport, offsets.length);
  const supports = codes.map((code) => counts[code]);
  // From here on a code's count is its rank + 1, or 0 when it is not frequent.
  const rankOf = counts.fill(0);
  codes.forEach((code, rank) => {
    rankOf[code] = rank + 1;
  });
  yield 0;

  const rows = new Uint32Array(supports.reduce((sum, support) => sum + support, 0));
  const rowOffsets = new Uint32Array(offsets.length);
  for (const [from, to] of steps) {
    rankRows(transactions, from, to, rankOf, rows, rowOffsets);
    yield 0;
  }

  const startOffsets = new Uint32Array(codes.length + 1);
  let longestRow = 0;
  for (const [from, to] of steps) {
    for (let row = from; row < to; row++) {
      const end = rowOffsets[row + 1];
      longestRow = Math.max(longestRow, end - rowOffsets[row]);
      for (let at = rowOffsets[row] + 1; at < end; at++) startOffsets[rows[at] + 1]++;
    }
    yield 0;
  }
  for (let rank = 0; rank < codes.length; rank++) startOffsets[rank + 1] += startOffsets[rank];

  const starts = new Uint32Array(startOffsets[codes.length]);
  const next = startOffsets.slice();
  for (const [from, to] of steps) {
    for (let row = from; row < to; row++) {
      const begin = rowOffsets[row];
      for (let at = begin + 1; at < rowOffsets[row + 1]; at++) starts[next[rows[at]]++] = begin;
    }
    yield 0;
  }
  return { codes, supports, rows, longestRow, starts, startOffsets };
}

/** Runs of rows, each from the first to before the last number, that are gone through at once. */
function toSteps(offsets: Uint32Array): [from: number, to: number][] {
  const steps: [number, number][] = [];
  let from = 0;
  for (let row = 1; row < offsets.length; row++) {
    if (offsets[row] - offsets[from] < itemsPerStep && row + 1 < offsets.length) continue;
    steps.push([from, row]);
    from = row;
  }
  return steps;
}

function countItems(
  { offsets, items, itemCount }: Transactions,
  from: number,
  to: number,
  counts: Uint32Array,
): void {
  for (let row = from; row < to; row++) {
    const end = offsets[row + 1];
    if (end < offsets[row] || end > items.length) {
      throw new RangeError(
        `Row ${row} ends at ${end}, which is before its beginning or past the last item.`,
      );
    }
    let previous = -1;
    for (let at = offsets[row]; at < end; at++) {
      const item = items[at];
      if (item <= previous || item >= itemCount) {
        throw new RangeError(
          `Row ${row} has item ${item} after ${previous}: items must ascend and be below ${itemCount}.`,
        );
      }
      counts[item]++;
      previous = item;
    }
  }
}

/** The codes of frequent items by descending count, ties ascending: a counting sort. */
function frequentItems(counts: Uint32Array, minSupport: number, highest: number): Uint32Array {
  // First the number of items of each count, then where they begin in the result.
  const begins = new Uint32Array(highest + 1);
  for (const count of counts) begins[count]++;
  let frequent = 0;
  for (let count = highest; count >= minSupport; count--) {
    const items = begins[count];
    begins[count] = frequent;
    frequent += items;
  }
  const codes = new Uint32Array(frequent);
  for (let code = 0; code < counts.length; code++) {
    if (counts[code] >= minSupport) codes[begins[counts[code]]++] = code;
  }
  return codes;
}

/** Writes the ranks of some rows, ascending, behind those of the rows before them. */
function rankRows(
  { offsets, items }: Transactions,
  from: number,
  to: number,
  rankOf: Uint32Array,
  rows: Uint32Array,
  rowOffsets: Uint32Array,
): void {
  for (let row = from; row < to; row++) {
    const begin = rowOffsets[row];
    let end = begin;
    let ascending = true;
    for (let at = offsets[row]; at < offsets[row + 1]; at++) {
      const rank = rankOf[items[at]] - 1;
      if (rank < 0) continue;
      if (end > begin && rank < rows[end - 1]) ascending = false;
      rows[end++] = rank;
    }
    // Codes that are by descending support already, as they often are, need no sorting.
    if (!ascending) rows.subarray(begin, end).sort();
    rowOffsets[row + 1] = end;
  }
}
