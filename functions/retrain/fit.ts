import type { Scoring } from '../../shared/snapshot.ts';
import { mine, type Transactions } from './eclat/eclat.ts';
import { type Rules, toRules } from './rules.ts';

/** What a fit needs to know besides the rows. */
export interface FitParameters {
  /** Transactions that an itemset must be in. */
  minSupport: number;
  /** Longest itemset. */
  maxLength: number;
  /** Itemsets at which the miner gives up with an error. */
  maxItemsets: number;
  scoring: Scoring;
}

/** What a fit finds. */
export interface Fit {
  /** Frequent itemsets of two songs and more. */
  itemsets: number;
  rules: Rules;
}

/**
 * Transactions to rules: the one way a model is made, whether from all rows or from a part of them.
 * @throws the miner's errors (`EclatError`) and the signal's reason.
 */
export async function fit(
  transactions: Transactions,
  { minSupport, maxLength, maxItemsets, scoring }: FitParameters,
  signal?: AbortSignal,
): Promise<Fit> {
  const itemsets = await mine(transactions, {
    minSupport,
    minLength: 2,
    maxLength,
    maxItemsets,
    ...(signal && { signal }),
  });
  return {
    itemsets: itemsets.supports.length,
    rules: toRules(transactions, itemsets, scoring.lengthExponent),
  };
}
