import { EclatError } from '../error.ts';

/** Which itemsets are wanted, and how many. */
export interface Limits {
  minLength: number;
  maxLength: number;
  maxItemsets: number;
  /** Items of all itemsets together. */
  maxItems: number;
}

/** Itemsets counted so far. */
export interface Tally {
  byLength: number[];
  total: number;
  items: number;
}

/** A count of nothing yet. */
export function emptyTally(): Tally {
  return { byLength: [0], total: 0, items: 0 };
}

/**
 * Counts an itemset together with all that one gets by adding some of its perfect extensions: items
 * that are in each of its transactions, so that adding them changes no support.
 *
 * @param length Items of the itemset itself.
 * @param perfect Number of its perfect extensions.
 * @throws EclatError when there are more than the limits allow.
 */
export function tallyItemset(
  tally: Tally,
  { minLength, maxLength, maxItemsets, maxItems }: Limits,
  length: number,
  perfect: number,
): void {
  const longest = Math.min(length + perfect, maxLength);
  let subsets = 1;
  for (let l = length; l <= longest; l++) {
    if (l >= minLength) {
      while (tally.byLength.length <= l) tally.byLength.push(0);
      tally.byLength[l] += subsets;
      tally.total += subsets;
      tally.items += subsets * l;
    }
    // From (perfect over k) to (perfect over k + 1), where k items have been added.
    subsets = (subsets * (perfect - (l - length))) / (l - length + 1);
  }
  if (tally.total > maxItemsets) {
    throw new EclatError('too-many-itemsets', `There are more than ${maxItemsets} itemsets.`);
  }
  if (tally.items > maxItems) {
    throw new EclatError(
      'too-many-itemsets',
      `The itemsets have more than ${maxItems} items, which is all that can be kept.`,
    );
  }
}
