import type { Itemsets } from './eclat/eclat.ts';

/** Antecedents of several songs, and the rules that each itemset gives. */
export interface LongRules {
  /** Itemsets of three items and more that the rules come from, in ascending order of their items. */
  itemsets: Itemsets;
  /** The antecedents, in ascending order of their items. */
  antecedents: Itemsets;
  /** Rules by antecedent, consequents ascending. */
  ruleOffsets: Uint32Array;
  consequents: Uint32Array;
  /** The itemset that each rule comes from. */
  itemsetOf: Uint32Array;
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
  const sorted = sortItemsets(itemCount, itemsets);
  const longest = longestLength(sorted);
  // Each part of a frequent itemset is frequent: an antecedent is one of them, if a shorter one.
  const candidates = withLength(sorted, (length) => length < longest);
  const long = withLength(sorted, (length) => length > 2);
  const found = listRules(long, candidates);
  const antecedents = onlyUsed(candidates, found.antecedents);
  // Sorting by consequent and then, keeping that order, by antecedent.
  const byConsequent = orderBy(long.items, itemCount);
  const { offsets: ruleOffsets, order } = orderBy(
    found.antecedents,
    antecedents.supports.length,
    byConsequent.order,
  );
  return {
    itemsets: long,
    antecedents,
    ruleOffsets,
    consequents: order.map((rule) => long.items[rule]),
    itemsetOf: order.map((rule) => found.itemsetOf[rule]),
  };
}

/** In ascending order of their items: one stable counting sort a position, the last one first. */
function sortItemsets(itemCount: number, itemsets: Itemsets): Itemsets {
  const { offsets, items, supports } = itemsets;
  const keys = new Uint32Array(supports.length);
  let order: Uint32Array | undefined;
  for (let position = longestLength(itemsets) - 1; position >= 0; position--) {
    for (let i = 0; i < keys.length; i++) {
      const at = offsets[i] + position;
      // What ends before comes first.
      keys[i] = at < offsets[i + 1] ? items[at] + 1 : 0;
    }
    order = orderBy(keys, itemCount + 1, order).order;
  }
  return order === undefined ? itemsets : select(itemsets, order);
}

/**
 * One rule for each item of each itemset: the item is its consequent, the others its antecedent.
 * Rule number i has consequent `itemsets.items[i]`.
 */
function listRules(
  itemsets: Itemsets,
  candidates: Itemsets,
): { antecedents: Uint32Array; itemsetOf: Uint32Array } {
  const { offsets, items, supports } = itemsets;
  const antecedents = new Uint32Array(items.length);
  const itemsetOf = new Uint32Array(items.length);
  const rest = new Uint32Array(longestLength(itemsets));
  for (let i = 0; i < supports.length; i++) {
    for (let at = offsets[i]; at < offsets[i + 1]; at++) {
      let length = 0;
      for (let other = offsets[i]; other < offsets[i + 1]; other++) {
        if (other !== at) rest[length++] = items[other];
      }
      antecedents[at] = findItemset(candidates, rest, length);
      itemsetOf[at] = i;
    }
  }
  return { antecedents, itemsetOf };
}

/** The candidates that some rule has, numbered anew; `antecedents` is changed accordingly. */
function onlyUsed(candidates: Itemsets, antecedents: Uint32Array): Itemsets {
  const numbers = new Int32Array(candidates.supports.length).fill(-1);
  for (const antecedent of antecedents) numbers[antecedent] = 0;
  const used = new Uint32Array(numbers.length);
  let count = 0;
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] !== 0) continue;
    used[count] = i;
    numbers[i] = count++;
  }
  for (let rule = 0; rule < antecedents.length; rule++) {
    antecedents[rule] = numbers[antecedents[rule]];
  }
  return select(candidates, used.subarray(0, count));
}

/** The itemsets of some lengths, in their order. */
export function withLength(itemsets: Itemsets, isWanted: (length: number) => boolean): Itemsets {
  const { offsets, supports } = itemsets;
  const chosen = new Uint32Array(supports.length);
  let count = 0;
  for (let i = 0; i < supports.length; i++) {
    if (isWanted(offsets[i + 1] - offsets[i])) chosen[count++] = i;
  }
  return select(itemsets, chosen.subarray(0, count));
}

/** Some itemsets, in the order given. */
function select({ offsets, items, supports }: Itemsets, chosen: Uint32Array): Itemsets {
  const chosenOffsets = new Uint32Array(chosen.length + 1);
  for (let i = 0; i < chosen.length; i++) {
    chosenOffsets[i + 1] = chosenOffsets[i] + offsets[chosen[i] + 1] - offsets[chosen[i]];
  }
  const chosenItems = new Uint32Array(chosenOffsets[chosen.length]);
  let length = 0;
  for (let i = 0; i < chosen.length; i++) {
    for (let at = offsets[chosen[i]]; at < offsets[chosen[i] + 1]; at++) {
      chosenItems[length++] = items[at];
    }
  }
  return { offsets: chosenOffsets, items: chosenItems, supports: chosen.map((i) => supports[i]) };
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
