import { type Itemsets, mine } from './eclat/eclat.ts';
import { toLongRules } from './long.ts';
import { indexRows } from './rows.ts';
import { type Rules, toRules } from './rules.ts';
import type { TransactionSet } from './transactions.ts';

/** What a fit needs to know besides the rows. */
export interface FitParameters {
  /** Playlists that a rule of one song or artist must hold in. */
  minSupport: number;
  /** Playlists that an itemset of three songs and more must be in; from `minSupport`. */
  longSupport: number;
  /** Longest itemset; a rule of one song is an itemset of two. */
  maxLength: number;
  /** Itemsets at which the miner gives up with an error. */
  maxItemsets: number;
  /** Gamma of `Scoring`. */
  lengthExponent: number;
  /** See `RuleParameters`. */
  maxVisits: number;
}

/** What a fit finds. */
export interface Fit {
  /** Itemsets that were mined for rules of several songs. */
  itemsets: number;
  rules: Rules;
  /** See `Scoring`. */
  weightScale: number;
}

/**
 * Transactions to rules: the one way a model is made, whether from all rows or from a part of them.
 * @throws the miner's errors (`EclatError`) and the signal's reason.
 */
export async function fit(
  { transactions, catalogue }: Pick<TransactionSet, 'transactions' | 'catalogue'>,
  parameters: FitParameters,
  signal?: AbortSignal,
): Promise<Fit> {
  const { minSupport, longSupport, maxLength, maxItemsets, lengthExponent, maxVisits } = parameters;
  signal?.throwIfAborted();
  const itemsets =
    maxLength < 3
      ? noItemsets
      : await mine(transactions, {
          minSupport: longSupport,
          minLength: 2,
          maxLength,
          maxItemsets,
          signal,
        });
  const rows = indexRows(transactions, catalogue, minSupport, lengthExponent);
  const long = toLongRules(transactions.itemCount, itemsets);
  return {
    itemsets: itemsets.supports.length,
    rules: await toRules(rows, long, { minSupport, maxVisits }, signal),
    weightScale: rows.weightScale,
  };
}

const noItemsets: Itemsets = {
  offsets: new Uint32Array(1),
  items: new Uint32Array(0),
  supports: new Uint32Array(0),
};
