import { EclatError, tooMany } from './error.ts';
import { type Harvest, toItemsets } from './harvest.ts';
import type { Wanted } from './job.ts';
import { compileKernel } from './kernel.ts';
import { highestSupport, rowsWith, withItem } from './required.ts';
import { type Conduct, defaultThreads, run } from './run.ts';
import { supportOfTop } from './top.ts';
import type { EclatProgress, Itemsets, Transactions } from './types.ts';
import { type Crew, startWorker } from './workers.ts';

export { EclatError, type EclatProgress, type Itemsets, type Transactions };

/** What to mine, and how to be told of it. Either `minSupport` or `top` must be given. */
export interface EclatOptions {
  /** Transactions that an itemset must be in: a count, whole, from 1. */
  minSupport?: number | undefined;
  /**
   * So many itemsets of highest support instead, whole, from 1: those that are as frequent as the
   * last one are among them, too.
   */
  top?: number | undefined;
  /** An item that must be in the itemsets. */
  item?: number | undefined;
  /**
   * `all` frequent itemsets (the default), only `closed` ones (any item more lowers the support), or
   * only `maximal` ones (with any item more they are not frequent).
   */
  target?: 'all' | 'closed' | 'maximal' | undefined;
  /** Items of the shortest itemsets wanted: whole, from 1. 1 if absent. */
  minLength?: number | undefined;
  /** Items of the longest itemsets wanted: whole, not below `minLength`. Infinity if absent. */
  maxLength?: number | undefined;
  /** Itemsets (of a wanted length) beyond which mining ends in an error. Infinity if absent. */
  maxItemsets?: number | undefined;
  /** Bytes for rows, search and results beyond which mining ends in an error. 4 GiB if absent. */
  maxMemoryBytes?: number | undefined;
  /** Threads that mine: whole, from 1 to 64. As many as processors can be used if absent. */
  threads?: number | undefined;
  /** Ends the mining: it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called some forty times a second while mining, and when it is done. */
  onProgress?: ((progress: EclatProgress) => void) | undefined;
}

/** How many itemsets there are. */
export interface ItemsetCounts {
  /** Itemsets by their number of items: `byLength[2]` pairs; ends with the longest. */
  byLength: number[];
  total: number;
  /** Items of the longest itemset, 0 if there is none. */
  longest: number;
}

/** Threads that are ready for one mining after another. */
export interface Miner {
  mine(transactions: Transactions, options: EclatOptions): Promise<Itemsets>;
  countItemsets(transactions: Transactions, options: EclatOptions): Promise<ItemsetCounts>;
  /** Ends the threads. */
  close(): Promise<void>;
}

const targets = ['all', 'closed', 'maximal'] as const;

/**
 * Every itemset that is in at least `minSupport` transactions, by Eclat (Zaki, 1997; see README.md).
 *
 * The order of the itemsets depends on nothing but the transactions: items rank by descending
 * support, ties by code. Itemsets come by their item of lowest rank, most frequent first, and then
 * depth first, extended by the item of lowest support first. Other lengths, a higher support, other
 * targets or more threads only leave itemsets out or change nothing.
 *
 * @throws RangeError for options or transactions that break their contract, `EclatError` with the
 * code `too-many-itemsets` past `maxItemsets` and `out-of-memory` past `maxMemoryBytes`, and the
 * signal's reason.
 */
export function mine(transactions: Transactions, options: EclatOptions): Promise<Itemsets> {
  return mineWith(transactions, options);
}

/**
 * Counts what `mine` would find and keeps nothing of it; far faster where items often occur in
 * exactly the same transactions. Counts past 2^53 are rounded; those past the largest number there is
 * (about 1.8e308; a transaction of 1,024 items has so many subsets) are `too-many-itemsets`.
 *
 * @throws as `mine` does.
 */
export function countItemsets(
  transactions: Transactions,
  options: EclatOptions,
): Promise<ItemsetCounts> {
  return countWith(transactions, options);
}

/**
 * Starts threads once for any number of minings, one after the other. Without this, `mine` starts
 * them where that pays.
 * @param threads As in the options, which it stands for.
 */
export async function openMiner(threads: number = defaultThreads()): Promise<Miner> {
  checkThreads(threads);
  const module = compileKernel();
  const workers = Array.from({ length: threads - 1 }, startWorker);
  await Promise.all(workers.map(({ ready }) => ready));
  const crews = workers.map(({ crew }) => crew);
  return {
    mine: (transactions, options) => mineWith(transactions, { ...options, threads }, module, crews),
    countItemsets: (transactions, options) =>
      countWith(transactions, { ...options, threads }, module, crews),
    close: async () => {
      await Promise.all(crews.map((crew) => crew.close()));
    },
  };
}

/** What is mined: the rows themselves, or those of an item that must be in each itemset. */
interface Plan {
  transactions: Transactions;
  wanted: Wanted;
  conduct: Conduct;
  /** Whether there is nothing but the item alone. */
  nothingMore: boolean;
  /** Support of the item alone, if it is wanted. */
  alone: number | undefined;
}

async function mineWith(
  transactions: Transactions,
  options: EclatOptions,
  module?: WebAssembly.Module,
  crews?: readonly Crew[],
): Promise<Itemsets> {
  const plan = await planned(transactions, options, true, module, crews);
  const harvests = plan.nothingMore
    ? []
    : await run(plan.transactions, plan.wanted, plan.conduct, module, crews);
  const itemsets = toItemsets(harvests);
  const { alone, conduct } = plan;
  checkTotal(itemsets.supports.length + (alone === undefined ? 0 : 1), conduct.maxItemsets);
  return options.item === undefined ? itemsets : withItem(itemsets, options.item, alone);
}

async function countWith(
  transactions: Transactions,
  options: EclatOptions,
  module?: WebAssembly.Module,
  crews?: readonly Crew[],
): Promise<ItemsetCounts> {
  const plan = await planned(transactions, options, false, module, crews);
  return count(plan, options.item !== undefined, module, crews);
}

async function count(
  { transactions, wanted, conduct, nothingMore, alone }: Plan,
  withItem: boolean,
  module?: WebAssembly.Module,
  crews?: readonly Crew[],
): Promise<ItemsetCounts> {
  const harvests = nothingMore ? [] : await run(transactions, wanted, conduct, module, crews);
  const byLength = addUp(harvests);
  if (withItem) {
    byLength.unshift(0);
    byLength[1] = alone === undefined ? 0 : 1;
  }
  while (byLength.length > 1 && byLength[byLength.length - 1] === 0) byLength.pop();
  const total = byLength.reduce((sum, count) => sum + count, 0);
  checkTotal(total, conduct.maxItemsets);
  return { byLength, total, longest: byLength.length - 1 };
}

/** Length to itemsets, of all threads. */
function addUp(harvests: readonly Harvest[]): number[] {
  const byLength = [0];
  for (const harvest of harvests) {
    harvest.byLength.forEach((count, length) => {
      byLength[length] = (byLength[length] ?? 0) + count;
    });
  }
  return byLength;
}

/** Checks the options, takes the rows of a required item, and finds the support of the top ones. */
async function planned(
  all: Transactions,
  options: EclatOptions,
  keeping: boolean,
  module?: WebAssembly.Module,
  crews?: readonly Crew[],
): Promise<Plan> {
  const { item, top } = options;
  const { target, minLength, maxLength, minSupport, conduct } = checked(options);
  if (item !== undefined && !(Number.isSafeInteger(item) && item >= 0 && item < all.itemCount)) {
    throw new RangeError(`item must be a code below ${all.itemCount}, not ${item}.`);
  }
  conduct.signal?.throwIfAborted();
  const transactions = item === undefined ? all : rowsWith(all, item);
  const rowCount = transactions.offsets.length - 1;
  const more = item === undefined ? 0 : 1;
  const inner = {
    target: targets.indexOf(target),
    minLength: Math.max(1, minLength - more),
    maxLength: maxLength - more,
  };
  const planAt = (minSupport: number, keeping: boolean): Plan => {
    const frequent = item !== undefined && minLength === 1 && rowCount >= minSupport;
    // With another item in all its rows the one item is not closed, with a frequent one not maximal.
    const least = target === 'closed' ? rowCount : minSupport;
    const isAlone = frequent && (target === 'all' || highestSupport(transactions) < least);
    return {
      transactions,
      wanted: { ...inner, minSupport, keeping },
      conduct,
      nothingMore: inner.maxLength < 1,
      alone: isAlone ? rowCount : undefined,
    };
  };
  if (top === undefined) return planAt(minSupport, keeping);
  const support = await supportOfTop(rowCount, async (minSupport) => {
    const plan = { ...planAt(minSupport, false), conduct: { ...conduct, maxItemsets: top - 1 } };
    delete plan.conduct.onProgress;
    try {
      await count(plan, item !== undefined, module, crews);
      return false;
    } catch (error) {
      if (error instanceof EclatError && error.code === 'too-many-itemsets') return true;
      throw error;
    }
  });
  return planAt(support, keeping);
}

function checked(options: EclatOptions) {
  const {
    minSupport,
    top,
    target = 'all',
    minLength = 1,
    maxLength = Infinity,
    maxItemsets = Infinity,
    maxMemoryBytes = 2 ** 32,
    threads = defaultThreads(),
    signal,
    onProgress,
  } = options;
  if (top === undefined) checkWhole('minSupport', minSupport);
  else checkWhole('top', top);
  if (top !== undefined && minSupport !== undefined) {
    throw new RangeError('Either minSupport or top must be given, not both.');
  }
  if (top !== undefined && target === 'maximal') {
    throw new RangeError(
      'top means nothing for maximal itemsets: they are others at each support.',
    );
  }
  checkWhole('minLength', minLength);
  if (maxLength !== Infinity) checkWhole('maxLength', maxLength);
  if (maxItemsets !== Infinity) checkWhole('maxItemsets', maxItemsets);
  checkWhole('maxMemoryBytes', maxMemoryBytes);
  checkThreads(threads);
  if (maxLength < minLength) {
    throw new RangeError(`maxLength (${maxLength}) must not be below minLength (${minLength}).`);
  }
  if (!targets.includes(target)) {
    throw new RangeError(`target must be one of ${targets.join(', ')}, not ${target}.`);
  }
  // More than this is infinite, and a count of that says nothing.
  const countable = Math.min(maxItemsets, Number.MAX_VALUE);
  const conduct: Conduct = { threads, maxItemsets: countable, maxMemoryBytes };
  if (signal) conduct.signal = signal;
  if (onProgress) conduct.onProgress = onProgress;
  return { target, minSupport: minSupport ?? 1, minLength, maxLength, conduct };
}

function checkTotal(total: number, maxItemsets: number): void {
  if (total > maxItemsets) throw tooMany(maxItemsets);
}

function checkThreads(threads: number): void {
  if (Number.isSafeInteger(threads) && threads >= 1 && threads <= 64) return;
  throw new RangeError(`threads must be a whole number from 1 to 64, not ${threads}.`);
}

function checkWhole(name: string, value: number | undefined): void {
  if (Number.isSafeInteger(value) && value! >= 1) return;
  throw new RangeError(`${name} must be a whole number from 1, not ${value}.`);
}
