import { type Itemsets, mine } from './eclat/eclat.ts';
import { type LongRules, noItemsets, toLongRules, withLength } from './long.ts';
import { rester } from './rest.ts';
import { indexRows } from './rows.ts';
import { type Rules, toRules } from './rules.ts';
import type { TransactionSet } from './transactions.ts';

/** What a fit needs to know besides the rows. */
export interface FitParameters {
  /** Playlists that a pair of songs, or an artist and a song, must be in. */
  minSupport: number;
  /** Playlists that an itemset of three songs and more must be in; from `minSupport`. */
  longSupport: number;
  /** Longest itemset; a rule of one song is an itemset of two. */
  maxLength: number;
  /** Itemsets beyond which the miner gives up with an error. */
  maxItemsets: number;
  /** Threads that mine; they change nothing but the time. */
  threads: number;
  /** Gamma of `Scoring`. */
  lengthExponent: number;
  /** See `RuleParameters`. */
  maxVisits: number;
  room: number;
}

/** What a fit finds. */
export interface Fit {
  /** Frequent itemsets of two songs and more. */
  itemsets: number;
  /** Rules of one song and of several; those of artists are not mined. */
  songRules: number;
  /** Rules of artists, listed or counted. */
  artistRules: number;
  rules: Rules;
  /** See `Scoring`. */
  weightScale: number;
}

/** The itemsets of a fit; they are the same whatever playlists of a length weigh. */
export interface Mined {
  pairs: Itemsets;
  long: LongRules;
}

type Rows = Pick<TransactionSet, 'transactions' | 'catalogue'>;

/**
 * Transactions to rules: the one way a model is made, whether from all rows or from a part of them.
 * Eclat says which rules there are; what they count and weigh is counted from the rows.
 * @throws the miner's errors (`EclatError`) and the signal's reason.
 */
export async function fit(
  rows: Rows,
  parameters: FitParameters,
  signal?: AbortSignal,
): Promise<Fit> {
  return fitMined(rows, await mineItemsets(rows, parameters, signal), parameters, signal);
}

/** The first half of `fit`. */
export async function mineItemsets(
  { transactions }: Rows,
  {
    minSupport,
    longSupport,
    maxLength,
    maxItemsets,
    threads,
  }: Omit<FitParameters, 'lengthExponent'>,
  signal?: AbortSignal,
): Promise<Mined> {
  signal?.throwIfAborted();
  const found = { minLength: 2, maxItemsets, threads, signal };
  const itemsets =
    maxLength < 3
      ? noItemsets
      : await mine(transactions, { ...found, minSupport: longSupport, maxLength });
  const rest = rester(signal);
  const pairs =
    maxLength >= 3 && longSupport === minSupport
      ? await withLength(itemsets, (length) => length === 2, rest)
      : await mine(transactions, { ...found, minSupport, maxLength: 2 });
  return { pairs, long: await toLongRules(transactions.itemCount, itemsets, rest) };
}

/** The second half of `fit`. */
export async function fitMined(
  { transactions, catalogue }: Rows,
  { pairs, long }: Mined,
  { minSupport, lengthExponent, maxVisits, room }: FitParameters,
  signal?: AbortSignal,
): Promise<Fit> {
  const rest = rester(signal);
  const rows = await indexRows(transactions, catalogue, minSupport, lengthExponent, rest);
  const parameters = { minSupport, maxVisits, room };
  const { rules, artistRules } = await toRules(rows, pairs, long, parameters, rest);
  return {
    itemsets: pairs.supports.length + long.itemsets.supports.length,
    songRules: pairs.items.length + long.consequents.length,
    artistRules,
    rules,
    weightScale: rows.weightScale,
  };
}
