import type { Snapshot } from '../../shared/snapshot.ts';
import type { Itemsets, Transactions } from './eclat/eclat.ts';

/** Rules by antecedent, as the snapshot has them (see `Snapshot` for shapes). */
export type Rules = Pick<
  Snapshot,
  | 'longOffsets'
  | 'longSongs'
  | 'longSupports'
  | 'ruleOffsets'
  | 'ruleConsequents'
  | 'ruleTogether'
  | 'ruleWeights'
>;

/**
 * Frequent itemsets to association rules with one consequent (Agrawal and Srikant, 1994): the
 * itemsets say which rules exist, their weights are counted from the rows.
 *
 * @param itemsets Every frequent itemset of two items and more, up to some length.
 * @param lengthExponent A playlist of length l weighs l^-lengthExponent.
 */
export function toRules(
  transactions: Transactions,
  itemsets: Itemsets,
  lengthExponent: number,
): Rules {
  const candidates = longCandidates(itemsets);
  const found = listRules(transactions.itemCount, itemsets, candidates);
  const long = onlyUsed(transactions.itemCount, candidates, found.antecedents);

  // Sorting by consequent and then, keeping that order, by antecedent.
  const byConsequent = orderBy(itemsets.items, transactions.itemCount);
  const { offsets: ruleOffsets, order } = orderBy(
    found.antecedents,
    transactions.itemCount + long.supports.length,
    byConsequent.order,
  );
  const rules = { ruleOffsets, ruleConsequents: order.map((rule) => itemsets.items[rule]) };
  return {
    longOffsets: long.offsets,
    longSongs: long.items,
    longSupports: long.supports,
    ...rules,
    ruleTogether: order.map((rule) => found.together[rule]),
    ruleWeights: weigh(transactions, long, rules, lengthExponent),
  };
}

/**
 * The itemsets of two items and more that can be antecedents, in ascending order of their items:
 * each part of a frequent itemset is frequent, so an antecedent is one of them, and shorter than
 * the longest.
 */
function longCandidates(itemsets: Itemsets): Itemsets {
  const { offsets, items, supports } = itemsets;
  const longest = longestLength(itemsets);
  const chosen: number[] = [];
  for (let i = 0; i < supports.length; i++) {
    if (offsets[i + 1] - offsets[i] < longest) chosen.push(i);
  }
  chosen.sort((a, b) =>
    compareItems(items, offsets[a], offsets[a + 1], items, offsets[b], offsets[b + 1]),
  );
  return select(itemsets, chosen);
}

/**
 * One rule for each item of each itemset: the item is its consequent, the others its antecedent.
 * Rule number i has consequent `itemsets.items[i]`.
 */
function listRules(
  itemCount: number,
  itemsets: Itemsets,
  candidates: Itemsets,
): { antecedents: Uint32Array; together: Uint32Array } {
  const { offsets, items, supports } = itemsets;
  const antecedents = new Uint32Array(items.length);
  const together = new Uint32Array(items.length);
  const rest = new Uint32Array(longestLength(itemsets));
  for (let i = 0; i < supports.length; i++) {
    for (let at = offsets[i]; at < offsets[i + 1]; at++) {
      let length = 0;
      for (let other = offsets[i]; other < offsets[i + 1]; other++) {
        if (other !== at) rest[length++] = items[other];
      }
      antecedents[at] = length === 1 ? rest[0] : itemCount + findItemset(candidates, rest, length);
      together[at] = supports[i];
    }
  }
  return { antecedents, together };
}

/** The candidates that some rule has, numbered anew; `antecedents` is changed accordingly. */
function onlyUsed(itemCount: number, candidates: Itemsets, antecedents: Uint32Array): Itemsets {
  const numbers = new Int32Array(candidates.supports.length).fill(-1);
  for (const antecedent of antecedents) {
    if (antecedent >= itemCount) numbers[antecedent - itemCount] = 0;
  }
  const used: number[] = [];
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] === 0) numbers[i] = used.push(i) - 1;
  }
  for (let rule = 0; rule < antecedents.length; rule++) {
    if (antecedents[rule] >= itemCount) {
      antecedents[rule] = itemCount + numbers[antecedents[rule] - itemCount];
    }
  }
  return select(candidates, used);
}

/** Some itemsets, in the order given. */
function select({ offsets, items, supports }: Itemsets, chosen: readonly number[]): Itemsets {
  const chosenOffsets = new Uint32Array(chosen.length + 1);
  chosen.forEach((i, position) => {
    chosenOffsets[position + 1] = chosenOffsets[position] + offsets[i + 1] - offsets[i];
  });
  const chosenItems = new Uint32Array(chosenOffsets[chosen.length]);
  chosen.forEach((i, position) => {
    chosenItems.set(items.subarray(offsets[i], offsets[i + 1]), chosenOffsets[position]);
  });
  return {
    offsets: chosenOffsets,
    items: chosenItems,
    supports: Uint32Array.from(chosen, (i) => supports[i]),
  };
}

function longestLength({ offsets, supports }: Itemsets): number {
  let longest = 0;
  for (let i = 0; i < supports.length; i++) {
    longest = Math.max(longest, offsets[i + 1] - offsets[i]);
  }
  return longest;
}

/** The positions of keys in ascending order, keeping the order given among equals. */
function orderBy(
  keys: Uint32Array,
  keyCount: number,
  order: Uint32Array = Uint32Array.from(keys.keys()),
): { offsets: Uint32Array; order: Uint32Array } {
  const offsets = new Uint32Array(keyCount + 1);
  for (const key of keys) offsets[key + 1]++;
  for (let key = 0; key < keyCount; key++) offsets[key + 1] += offsets[key];
  const next = offsets.slice(0, keyCount);
  const ordered = new Uint32Array(keys.length);
  for (const position of order) ordered[next[keys[position]]++] = position;
  return { offsets, order: ordered };
}

/** Counts each rule once more, every playlist with the weight of its length. */
function weigh(
  transactions: Transactions,
  long: Itemsets,
  { ruleOffsets, ruleConsequents }: Pick<Rules, 'ruleOffsets' | 'ruleConsequents'>,
  lengthExponent: number,
): Float32Array {
  const { offsets, items, itemCount } = transactions;
  const rowCount = offsets.length - 1;
  const rowWeights = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    rowWeights[row] = (offsets[row + 1] - offsets[row]) ** -lengthExponent;
  }
  const rowsOf = orderBy(items, itemCount);
  const rowOfPosition = new Uint32Array(items.length);
  for (let row = 0; row < rowCount; row++) {
    rowOfPosition.fill(row, offsets[row], offsets[row + 1]);
  }
  const rowsWith = (item: number) =>
    rowsOf.order
      .subarray(rowsOf.offsets[item], rowsOf.offsets[item + 1])
      .map((position) => rowOfPosition[position]);

  const weights = new Float32Array(ruleConsequents.length);
  const sums = new Float64Array(itemCount);
  for (let antecedent = 0; antecedent + 1 < ruleOffsets.length; antecedent++) {
    const start = ruleOffsets[antecedent];
    const end = ruleOffsets[antecedent + 1];
    if (start === end) continue;
    const rows =
      antecedent < itemCount
        ? rowsWith(antecedent)
        : rowsWithAll(long, antecedent - itemCount, rowsWith);
    // Only the sums that are read are cleared: the others may stay as they were.
    for (let rule = start; rule < end; rule++) sums[ruleConsequents[rule]] = 0;
    for (const row of rows) {
      const weight = rowWeights[row];
      for (let at = offsets[row]; at < offsets[row + 1]; at++) sums[items[at]] += weight;
    }
    for (let rule = start; rule < end; rule++) weights[rule] = sums[ruleConsequents[rule]];
  }
  return weights;
}

/** Rows that hold every item of an antecedent: the intersection of ascending lists. */
function rowsWithAll(
  { offsets, items }: Itemsets,
  antecedent: number,
  rowsWith: (item: number) => Uint32Array,
): Uint32Array {
  let rows = rowsWith(items[offsets[antecedent]]);
  for (let at = offsets[antecedent] + 1; at < offsets[antecedent + 1]; at++) {
    const others = rowsWith(items[at]);
    let other = 0;
    rows = rows.filter((row) => {
      while (other < others.length && others[other] < row) other++;
      return others[other] === row;
    });
  }
  return rows;
}

/** The number of an itemset among some in ascending order; it must be one of them. */
function findItemset(sorted: Itemsets, items: Uint32Array, length: number): number {
  let low = 0;
  let high = sorted.supports.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compareItems(
      sorted.items,
      sorted.offsets[middle],
      sorted.offsets[middle + 1],
      items,
      0,
      length,
    );
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Orders two itemsets by their first different item; a beginning comes before the whole. */
function compareItems(
  a: Uint32Array,
  aStart: number,
  aEnd: number,
  b: Uint32Array,
  bStart: number,
  bEnd: number,
): number {
  const shared = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < shared; i++) {
    const difference = a[aStart + i] - b[bStart + i];
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}
