import { EclatError } from './error.ts';
import { type Harvest, type Itemsets, toItemsets } from './harvest.ts';
import { compileKernel } from './kernel.ts';
import { type Conduct, defaultThreads, type EclatProgress, run } from './run.ts';
import type { Transactions } from './transactions.ts';
import { type Crew, startWorker } from './workers.ts';

export { EclatError, type EclatProgress, type Itemsets, type Transactions };

/** What to mine, and how to be told of it. */
export interface EclatOptions {
  /** Transactions that an itemset must be in: a count, whole, from 1. */
  minSupport: number;
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
 * exactly the same transactions. Counts past 2^53 are rounded.
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

async function mineWith(
  transactions: Transactions,
  options: EclatOptions,
  module?: WebAssembly.Module,
  crews?: readonly Crew[],
): Promise<Itemsets> {
  const { wanted, conduct } = checked(options, true);
  return toItemsets(await run(transactions, wanted, conduct, module, crews));
}

async function countWith(
  transactions: Transactions,
  options: EclatOptions,
  module?: WebAssembly.Module,
  crews?: readonly Crew[],
): Promise<ItemsetCounts> {
  const { wanted, conduct } = checked(options, false);
  return toCounts(await run(transactions, wanted, conduct, module, crews));
}

function toCounts(harvests: readonly Harvest[]): ItemsetCounts {
  const byLength = Array.from(harvests[0].byLength, (_, length) =>
    harvests.reduce((sum, harvest) => sum + harvest.byLength[length], 0),
  );
  while (byLength.length > 1 && byLength[byLength.length - 1] === 0) byLength.pop();
  const total = byLength.reduce((sum, count) => sum + count, 0);
  return { byLength, total, longest: byLength.length - 1 };
}

function checked(options: EclatOptions, keeping: boolean) {
  const {
    minSupport,
    target = 'all',
    minLength = 1,
    maxLength = Infinity,
    maxItemsets = Infinity,
    maxMemoryBytes = 2 ** 32,
    threads = defaultThreads(),
    signal,
    onProgress,
  } = options;
  checkWhole('minSupport', minSupport);
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
  const conduct: Conduct = { threads, maxItemsets, maxMemoryBytes, signal, onProgress };
  const wanted = { target: targets.indexOf(target), minSupport, minLength, maxLength, keeping };
  return { wanted, conduct };
}

function checkThreads(threads: number): void {
  if (Number.isSafeInteger(threads) && threads >= 1 && threads <= 64) return;
  throw new RangeError(`threads must be a whole number from 1 to 64, not ${threads}.`);
}

function checkWhole(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new RangeError(`${name} must be a whole number from 1, not ${value}.`);
}
