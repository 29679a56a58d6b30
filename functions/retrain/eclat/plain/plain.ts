import type { ItemsetCounts } from '../eclat.ts';
import type { Itemsets, Transactions } from '../types.ts';
import { mineClasses } from './classes.ts';
import { type Columns, emptyColumns, toItemsets } from './columns.ts';
import { rankItems } from './ranks.ts';
import { newSearch } from './search.ts';
import { emptyTally, type Limits, type Tally } from './tally.ts';

/** What to mine: every itemset of these lengths in so many transactions. */
export interface PlainOptions extends Partial<Limits> {
  minSupport: number;
}

/**
 * What `mine` of the miner finds, in the same order, by the same algorithm written plainly: one
 * thread, no kernel, no bound and no rest until it is done.
 */
export function mine(transactions: Transactions, options: PlainOptions): Itemsets {
  const columns = emptyColumns();
  run(transactions, options, columns);
  return toItemsets(columns);
}

/** Counts what `mine` would find. */
export function countItemsets(transactions: Transactions, options: PlainOptions): ItemsetCounts {
  const { byLength, total } = run(transactions, options);
  return { byLength, total, longest: byLength.length - 1 };
}

function run(
  transactions: Transactions,
  { minSupport, minLength = 1, maxLength = Infinity }: PlainOptions,
  columns?: Columns,
): Tally {
  const tally = emptyTally();
  const ranked = rankItems(transactions, minSupport);
  const limits = { minLength, maxLength };
  mineClasses(ranked, newSearch(ranked.longestRow, { minSupport, limits, tally, columns }));
  return tally;
}
