import type { Transactions } from '../eclat/eclat.ts';

/** The rows that hold each item, ascending: item i's are `rows[offsets[i]]` to `rows[offsets[i + 1] - 1]`. */
export interface Occurrences {
  offsets: Uint32Array;
  rows: Uint32Array;
}

/** Rows of items to items' rows (a counting sort). */
export function transpose({ offsets, items, itemCount }: Transactions): Occurrences {
  const ends = new Uint32Array(itemCount + 1);
  for (const item of items) ends[item + 1]++;
  for (let item = 0; item < itemCount; item++) ends[item + 1] += ends[item];
  const next = ends.slice(0, itemCount);
  const rows = new Uint32Array(items.length);
  for (let row = 0; row + 1 < offsets.length; row++) {
    for (let at = offsets[row]; at < offsets[row + 1]; at++) rows[next[items[at]]++] = row;
  }
  return { offsets: ends, rows };
}
