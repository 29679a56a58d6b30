import { setImmediate } from 'node:timers/promises';
import { mineClasses } from './classes.ts';
import {
  type Columns,
  emptyColumns,
  type Itemsets,
  maxColumnItems,
  toItemsets,
} from './columns.ts';
import { rankItems, type Transactions } from './ranks.ts';
import { newSearch } from './search.ts';
import { EclatError, emptyTally, type ItemsetCounts, type Limits, type Tally } from './tally.ts';

export { EclatError, type ItemsetCounts, type Itemsets, type Transactions };

/** What to mine, and how to be told of it. */
export interface EclatOptions {
  /** Transactions that an itemset must be in: a count, whole, from 1. */
  minSupport: number;
  /** Items of the shortest itemsets wanted: whole, from 1. 1 if absent. */
  minLength?: number | undefined;
  /** Items of the longest itemsets wanted: whole, not below `minLength`. Infinity if absent. */
  maxLength?: number | undefined;
  /** Itemsets (of a wanted length) beyond which mining ends in an error. Infinity if absent. */
  maxItemsets?: number | undefined;
  /** Ends the mining: it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called some forty times a second while mining, and when it is done. */
  onProgress?: ((progress: EclatProgress) => void) | undefined;
}

/** How far mining is. */
export interface EclatProgress {
  /** Itemsets found so far. */
  itemsets: number;
  /** 0 to 1, never falling: the occurrences of items whose class is done; an estimate of time. */
  share: number;
}

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
  const { minSupport, signal, onProgress } = options;
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
