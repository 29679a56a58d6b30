import type { Itemsets } from '../types.ts';

/** Itemsets while they are found: arrays with room to spare. */
export interface Columns {
  itemsets: Itemsets;
  count: number;
}

/** Columns without an itemset. */
export function emptyColumns(): Columns {
  return {
    itemsets: {
      offsets: new Uint32Array(1),
      items: new Uint32Array(0),
      supports: new Uint32Array(0),
    },
    count: 0,
  };
}

/**
 * Appends an itemset: its base and some perfect extensions, put in order.
 * @param base First `length` are taken.
 * @param chosen Positions in `perfect`; the first `chosenCount` are taken.
 */
export function appendItemset(
  columns: Columns,
  support: number,
  base: Uint32Array,
  length: number,
  perfect: Uint32Array,
  chosen: Uint32Array,
  chosenCount: number,
): void {
  const index = columns.count++;
  const begin = columns.itemsets.offsets[index];
  const end = begin + length + chosenCount;
  reserve(columns.itemsets, index + 1, end);
  const { offsets, items, supports } = columns.itemsets;
  offsets[index + 1] = end;
  supports[index] = support;
  let at = begin;
  for (let i = 0; i < length; i++) insert(items, begin, at++, base[i]);
  for (let i = 0; i < chosenCount; i++) insert(items, begin, at++, perfect[chosen[i]]);
}

/** The columns cut to what is in them. */
export function toItemsets({ itemsets, count }: Columns): Itemsets {
  // Resizing takes the offsets away, so their last one is read before.
  const items = itemsets.offsets[count];
  return {
    offsets: resized(itemsets.offsets, count + 1),
    items: resized(itemsets.items, items),
    supports: resized(itemsets.supports, count),
  };
}

/** Puts an item where it belongs among those from `begin` to `end`: most itemsets are short. */
function insert(items: Uint32Array, begin: number, end: number, item: number): void {
  let at = end;
  while (at > begin && items[at - 1] > item) {
    items[at] = items[at - 1];
    at--;
  }
  items[at] = item;
}

function reserve(itemsets: Itemsets, count: number, items: number): void {
  if (count > itemsets.supports.length) {
    itemsets.supports = resized(itemsets.supports, 2 * count + 1024);
    itemsets.offsets = resized(itemsets.offsets, itemsets.supports.length + 1);
  }
  if (items > itemsets.items.length) {
    itemsets.items = resized(itemsets.items, 2 * items + 1024);
  }
}

/** The same values in an array of another length; the old one is no longer of use. */
function resized(values: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const bytes = length * Uint32Array.BYTES_PER_ELEMENT;
  return new Uint32Array((values.buffer as ArrayBuffer).transfer(bytes));
}
