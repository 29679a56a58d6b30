/** Which itemsets are wanted. */
export interface Limits {
  minLength: number;
  maxLength: number;
}

/** Itemsets counted so far. */
export interface Tally {
  byLength: number[];
  total: number;
}

/** A count of nothing yet. */
export function emptyTally(): Tally {
  return { byLength: [0], total: 0 };
}

/**
 * Counts an itemset together with all that one gets by adding some of its perfect extensions: items
 * that are in each of its transactions, so that adding them changes no support.
 *
 * @param length Items of the itemset itself.
 * @param perfect Number of its perfect extensions.
 */
export function tallyItemset(
  tally: Tally,
  { minLength, maxLength }: Limits,
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
    }
    // From (perfect over k) to (perfect over k + 1), where k items have been added.
    subsets = (subsets * (perfect - (l - length))) / (l - length + 1);
  }
}
