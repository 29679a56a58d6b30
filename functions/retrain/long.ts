import type { Itemsets } from './eclat/eclat.ts';

/** Antecedents of several songs, and the rules that each itemset gives. */
export interface LongRules {
  /** Itemsets of three items and more that they come from. */
  itemsets: number;
  /** The antecedents, in ascending order of their items. */
  antecedents: Itemsets;
  /** Rules by antecedent, consequents ascending. */
  ruleOffsets: Uint32Array;
  consequents: Uint32Array;
  together: Uint32Array;
}

/** What is mined where nothing longer than a pair is wanted. */
export const noItemsets: Itemsets = {
  offsets: new Uint32Array(1),
  items: new Uint32Array(0),
  supports: new Uint32Array(0),
};

/**
 * Frequent itemsets of three items and more to association rules with one consequent (Agrawal and
 * Srikant, 1994): one rule for each item of each itemset, the others are its antecedent.
 * @param itemsets Every frequent itemset of two items and more, up to some length.
 */
export function toLongRules(itemCount: number, itemsets: Itemsets): LongRules {
  const candidates = longCandidates(itemsets);
  const whole = onlyLong(itemsets);
  const found = listRules(whole, candidates);
  const antecedents = onlyUsed(candidates, found.antecedents);
  // Sorting by consequent and then, keeping that order, by antecedent.
  const byConsequent = orderBy(whole.items, itemCount);
  const { offsets: ruleOffsets, order } = orderBy(
    found.antecedents,
    antecedents.supports.length,
    byConsequent.order,
  );
  return {
    itemsets: whole.supports.length,
    antecedents,
    ruleOffsets,
    consequents: order.map((rule) => whole.items[rule]),
    together: order.map((rule) => found.together[rule]),
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
      antecedents[at] = findItemset(candidates, rest, length);
      together[at] = supports[i];
    }
  }
  return { antecedents, together };
}

/** The candidates that some rule has, numbered anew; `antecedents` is changed accordingly. */
function onlyUsed(candidates: Itemsets, antecedents: Uint32Array): Itemsets {
  const numbers = new Int32Array(candidates.supports.length).fill(-1);
  for (const antecedent of antecedents) numbers[antecedent] = 0;
  const used: number[] = [];
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] === 0) numbers[i] = used.push(i) - 1;
  }
  for (let rule = 0; rule < antecedents.length; rule++) {
    antecedents[rule] = numbers[antecedents[rule]];
  }
  return select(candidates, used);
}

/** The itemsets of three items and more, whose rules begin with several songs. */
function onlyLong(itemsets: Itemsets): Itemsets {
  const chosen: number[] = [];
  for (let i = 0; i < itemsets.supports.length; i++) {
    if (itemsets.offsets[i + 1] - itemsets.offsets[i] > 2) chosen.push(i);
  }
  return select(itemsets, chosen);
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
