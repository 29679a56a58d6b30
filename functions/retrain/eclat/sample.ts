import fc from 'fast-check';
import type { Itemsets, Transactions } from './types.ts';

/** Rows of items, below `itemCount`. */
export interface Rows {
  rows: number[][];
  itemCount: number;
}

/** Data of all kinds that the miner tells apart: few items or many, dense rows or sparse. */
export const anyRows: fc.Arbitrary<Rows> = fc
  .constantFrom(
    { itemCount: 7, maxRowLength: 7, maxRows: 80 },
    { itemCount: 14, maxRowLength: 9, maxRows: 40 },
    { itemCount: 30, maxRowLength: 5, maxRows: 150 },
    { itemCount: 200, maxRowLength: 6, maxRows: 60 },
  )
  .chain(({ itemCount, maxRowLength, maxRows }) =>
    fc.record({
      itemCount: fc.constant(itemCount),
      rows: fc.array(
        fc.uniqueArray(fc.nat(itemCount - 1), { maxLength: maxRowLength, size: 'max' }),
        { maxLength: maxRows, size: 'max' },
      ),
    }),
  );

export function toTransactions({ rows, itemCount }: Rows): Transactions {
  const offsets = [0];
  const items: number[] = [];
  for (const row of rows) {
    items.push(...row.toSorted((a, b) => a - b));
    offsets.push(items.length);
  }
  return { offsets: Uint32Array.from(offsets), items: Uint32Array.from(items), itemCount };
}

/** Every itemset as "items: support", in the order given. */
export function list({ offsets, items, supports }: Itemsets): string[] {
  return Array.from(
    supports,
    (support, i) => `${items.subarray(offsets[i], offsets[i + 1]).join(' ')}: ${support}`,
  );
}
