import type { Itemsets, Transactions } from './types.ts';

/** The rows that hold an item, without it: its itemsets are theirs, with the item added. */
export function rowsWith({ offsets, items, itemCount }: Transactions, item: number): Transactions {
  const ends = [0];
  const rest = new Uint32Array(items.length);
  let end = 0;
  for (let row = 0; row + 1 < offsets.length; row++) {
    const begin = end;
    let found = false;
    for (let at = offsets[row]; at < offsets[row + 1]; at++) {
      if (items[at] === item) found = true;
      else rest[end++] = items[at];
    }
    if (found) ends.push(end);
    else end = begin;
  }
  return { offsets: Uint32Array.from(ends), items: rest.subarray(0, end), itemCount };
}

/** Adds an item to each itemset, and first of all the item alone, if its support is given. */
export function withItem(itemsets: Itemsets, item: number, alone: number | undefined): Itemsets {
  const first = alone === undefined ? 0 : 1;
  const count = itemsets.supports.length;
  const offsets = new Uint32Array(count + first + 1);
  const supports = new Uint32Array(count + first);
  const items = new Uint32Array(itemsets.items.length + count + first);
  let end = 0;
  if (alone !== undefined) {
    supports[0] = alone;
    items[end++] = item;
    offsets[1] = end;
  }
  supports.set(itemsets.supports, first);
  for (let i = 0; i < count; i++) {
    let at = itemsets.offsets[i];
    const before = itemsets.offsets[i + 1];
    while (at < before && itemsets.items[at] < item) items[end++] = itemsets.items[at++];
    items[end++] = item;
    while (at < before) items[end++] = itemsets.items[at++];
    offsets[first + i + 1] = end;
  }
  return { offsets, items, supports };
}

/** Rows of the item that is in most of them. */
export function highestSupport({ items, itemCount }: Transactions): number {
  const counts = new Uint32Array(itemCount);
  let highest = 0;
  for (const item of items) highest = Math.max(highest, ++counts[item]);
  return highest;
}
