import { setImmediate } from 'node:timers/promises';
import type { EclatOptions, ItemsetCounts } from '../eclat.ts';
import { maxColumnItems } from '../harvest.ts';
import type { Itemsets, Transactions } from '../types.ts';
import { mineClasses } from './classes.ts';
import { type Columns, emptyColumns, toItemsets } from './columns.ts';
import { rankItems } from './ranks.ts';
import { newSearch } from './search.ts';
import { emptyTally, type Limits, type Tally } from './tally.ts';

/** After so long without a rest, the event loop gets its turn. */
const restAfterMs = 25;

/**
 * Every itemset that is in at least `minSupport` transactions, by Eclat (Zaki, 1997; see README.md).
 *
 * The order of the itemsets depends on nothing but the transactions: items rank by descending
 * support, ties by code. Itemsets come by their item of lowest rank, most frequent first, and then
 * depth first, extended by the item of lowest support first. Other lengths, a higher support or
 * other options only leave itemsets out.
 *
 * @throws RangeError for options or transactions that break their contract, `EclatError` with the
 * code `too-many-itemsets` past `maxItemsets`, and the signal's reason.
 */
export async function mine(transactions: Transactions, options: EclatOptions): Promise<Itemsets> {
  const columns = emptyColumns();
  await run(transactions, options, columns);
  return toItemsets(columns);
}

/**
 * Counts what `mine` would find and keeps nothing of it; far faster where items often occur in
 * exactly the same transactions. Counts past 2^53 are rounded.
 *
 * @throws as `mine` does.
 */
export async function countItemsets(
  transactions: Transactions,
  options: EclatOptions,
): Promise<ItemsetCounts> {
  const { byLength, total } = await run(transactions, options);
  return { byLength, total, longest: byLength.length - 1 };
}

/** Takes the steps of mining one by one, and rests between them. */
async function run(
  transactions: Transactions,
  options: EclatOptions,
  columns?: Columns,
): Promise<Tally> {
  const { minSupport = 1, signal, onProgress } = options;
  checkWhole('minSupport', minSupport);
  const limits = { ...toLimits(options), maxItems: columns ? maxColumnItems : Infinity };
  signal?.throwIfAborted();

  const tally = emptyTally();
  let restedAtMs = performance.now();
  for (const share of steps(transactions, minSupport, limits, tally, columns)) {
    if (performance.now() - restedAtMs < restAfterMs) continue;
    onProgress?.({ itemsets: tally.total, share });
    await setImmediate();
    signal?.throwIfAborted();
    restedAtMs = performance.now();
  }
  onProgress?.({ itemsets: tally.total, share: 1 });
  return tally;
}

/** All of mining, in steps of a few milliseconds; yields the share done. */
function* steps(
  transactions: Transactions,
  minSupport: number,
  limits: Limits,
  tally: Tally,
  columns: Columns | undefined,
): Generator<number, void> {
  const ranked = yield* rankItems(transactions, minSupport);
  const search = newSearch(ranked.longestRow, { minSupport, limits, tally, columns });
  yield* mineClasses(ranked, search);
}

function toLimits({
  minLength = 1,
  maxLength = Infinity,
  maxItemsets = Infinity,
}: EclatOptions): Omit<Limits, 'maxItems'> {
  checkWhole('minLength', minLength);
  if (maxLength !== Infinity) checkWhole('maxLength', maxLength);
  if (maxItemsets !== Infinity) checkWhole('maxItemsets', maxItemsets);
  if (maxLength < minLength) {
    throw new RangeError(`maxLength (${maxLength}) must not be below minLength (${minLength}).`);
  }
  return { minLength, maxLength, maxItemsets };
}

function checkWhole(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new RangeError(`${name} must be a whole number from 1, not ${value}.`);
}
