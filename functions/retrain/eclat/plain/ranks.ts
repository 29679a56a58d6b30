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

/**
 * Level 1: counts the items, drops the infrequent ones, ranks the others, and lists for each the
 * rows in which it occurs.
 */
export function rankItems({ offsets, items, itemCount }: Transactions, minSupport: number): Ranked {
  const counts = new Uint32Array(itemCount);
  for (const item of items.subarray(offsets[0], offsets[offsets.length - 1])) counts[item]++;

  const codes = frequentItems(counts, minSupport, offsets.length);
  const supports = codes.map((code) => counts[code]);
  // From here on a code's count is its rank + 1, or 0 when it is not frequent.
  const rankOf = counts.fill(0);
  codes.forEach((code, rank) => {
    rankOf[code] = rank + 1;
  });

  const rows = new Uint32Array(supports.reduce((sum, support) => sum + support, 0));
  const rowOffsets = new Uint32Array(offsets.length);
  const startOffsets = new Uint32Array(codes.length + 1);
  let longestRow = 0;
  for (let row = 0; row + 1 < offsets.length; row++) {
    const begin = rowOffsets[row];
    let end = begin;
    for (let at = offsets[row]; at < offsets[row + 1]; at++) {
      if (rankOf[items[at]] > 0) rows[end++] = rankOf[items[at]] - 1;
    }
    rows.subarray(begin, end).sort();
    rowOffsets[row + 1] = end;
    longestRow = Math.max(longestRow, end - begin);
    for (let at = begin + 1; at < end; at++) startOffsets[rows[at] + 1]++;
  }
  for (let rank = 0; rank < codes.length; rank++) startOffsets[rank + 1] += startOffsets[rank];

  const starts = new Uint32Array(startOffsets[codes.length]);
  const next = startOffsets.slice();
  for (let row = 0; row + 1 < offsets.length; row++) {
    const begin = rowOffsets[row];
    for (let at = begin + 1; at < rowOffsets[row + 1]; at++) starts[next[rows[at]]++] = begin;
  }
  return { codes, supports, rows, longestRow, starts, startOffsets };
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
