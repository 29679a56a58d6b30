import type { Itemsets } from './eclat/eclat.ts';
import { columnAtOnce, inSlices, type Rest } from './rest.ts';

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
export async function toLongRules(
  itemCount: number,
  itemsets: Itemsets,
  rest: Rest,
): Promise<LongRules> {
  const sorted = await sortItemsets(itemCount, itemsets, rest);
  const longest = longestLength(sorted);
  // Each part of a frequent itemset is frequent: an antecedent is one of them, if a shorter one.
  const candidates = await withLength(sorted, (length) => length < longest, rest);
  const long = await withLength(sorted, (length) => length > 2, rest);
  const found = await listRules(long, candidates, rest);
  const antecedents = await onlyUsed(candidates, found.antecedents, rest);
  // Sorting by consequent and then, keeping that order, by antecedent.
  const byConsequent = await orderBy(long.items, itemCount, rest);
  const { offsets: ruleOffsets, order } = await orderBy(
    found.antecedents,
    antecedents.supports.length,
    rest,
    byConsequent.order,
  );
  const consequents = new Uint32Array(order.length);
  const itemsetOf = new Uint32Array(order.length);
  const gather = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      consequents[i] = long.items[order[i]];
      itemsetOf[i] = found.itemsetOf[order[i]];
    }
  };
  await inSlices(order.length, rest, gather, columnAtOnce);
  return {
    itemsets: long,
    antecedents,
    ruleOffsets,
    consequents,
    itemsetOf,
  };
}

/** In ascending order of their items: one stable counting sort a position, the last one first. */
async function sortItemsets(itemCount: number, itemsets: Itemsets, rest: Rest): Promise<Itemsets> {
  const { offsets, items, supports } = itemsets;
  const keys = new Uint32Array(supports.length);
  let order: Uint32Array | undefined;
  for (let position = longestLength(itemsets) - 1; position >= 0; position--) {
    const write = (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        const at = offsets[i] + position;
        // What ends before comes first.
        keys[i] = at < offsets[i + 1] ? items[at] + 1 : 0;
      }
    };
    await inSlices(keys.length, rest, write, columnAtOnce);
    ({ order } = await orderBy(keys, itemCount + 1, rest, order));
  }
  return order === undefined ? itemsets : select(itemsets, order, rest);
}

/**
 * One rule for each item of each itemset: the item is its consequent, the others its antecedent.
 * Rule number i has consequent `itemsets.items[i]`.
 */
async function listRules(
  itemsets: Itemsets,
  candidates: Itemsets,
  rest: Rest,
): Promise<{ antecedents: Uint32Array; itemsetOf: Uint32Array }> {
  const { offsets, items, supports } = itemsets;
  const antecedents = new Uint32Array(items.length);
  const itemsetOf = new Uint32Array(items.length);
  const others = new Uint32Array(longestLength(itemsets));
  await inSlices(supports.length, rest, (from, to) => {
    for (let i = from; i < to; i++) {
      for (let at = offsets[i]; at < offsets[i + 1]; at++) {
        let length = 0;
        for (let other = offsets[i]; other < offsets[i + 1]; other++) {
          if (other !== at) others[length++] = items[other];
        }
        antecedents[at] = findItemset(candidates, others, length);
        itemsetOf[at] = i;
      }
    }
  });
  return { antecedents, itemsetOf };
}

/** The candidates that some rule has, numbered anew; `antecedents` is changed accordingly. */
async function onlyUsed(
  candidates: Itemsets,
  antecedents: Uint32Array,
  rest: Rest,
): Promise<Itemsets> {
  const numbers = new Int32Array(candidates.supports.length).fill(-1);
  const mark = (from: number, to: number) => {
    for (let rule = from; rule < to; rule++) numbers[antecedents[rule]] = 0;
  };
  await inSlices(antecedents.length, rest, mark, columnAtOnce);
  const used = new Uint32Array(numbers.length);
  let count = 0;
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] !== 0) continue;
    used[count] = i;
    numbers[i] = count++;
  }
  const number = (from: number, to: number) => {
    for (let rule = from; rule < to; rule++) antecedents[rule] = numbers[antecedents[rule]];
  };
  await inSlices(antecedents.length, rest, number, columnAtOnce);
  return select(candidates, used.subarray(0, count), rest);
}

/** The itemsets of some lengths, in their order. */
export function withLength(
  itemsets: Itemsets,
  isWanted: (length: number) => boolean,
  rest: Rest,
): Promise<Itemsets> {
  const { offsets, supports } = itemsets;
  const chosen = new Uint32Array(supports.length);
  let count = 0;
  for (let i = 0; i < supports.length; i++) {
    if (isWanted(offsets[i + 1] - offsets[i])) chosen[count++] = i;
  }
  return select(itemsets, chosen.subarray(0, count), rest);
}

/** Some itemsets, in the order given. */
async function select(
  { offsets, items, supports }: Itemsets,
  chosen: Uint32Array,
  rest: Rest,
): Promise<Itemsets> {
  const chosenOffsets = new Uint32Array(chosen.length + 1);
  for (let i = 0; i < chosen.length; i++) {
    chosenOffsets[i + 1] = chosenOffsets[i] + offsets[chosen[i] + 1] - offsets[chosen[i]];
  }
  const chosenItems = new Uint32Array(chosenOffsets[chosen.length]);
  const chosenSupports = new Uint32Array(chosen.length);
  const copy = (from: number, to: number) => {
    let length = chosenOffsets[from];
    for (let i = from; i < to; i++) {
      for (let at = offsets[chosen[i]]; at < offsets[chosen[i] + 1]; at++) {
        chosenItems[length++] = items[at];
      }
      chosenSupports[i] = supports[chosen[i]];
    }
  };
  await inSlices(chosen.length, rest, copy, columnAtOnce);
  return { offsets: chosenOffsets, items: chosenItems, supports: chosenSupports };
}

function longestLength({ offsets, supports }: Itemsets): number {
  let longest = 0;
  for (let i = 0; i < supports.length; i++) {
    longest = Math.max(longest, offsets[i + 1] - offsets[i]);
  }
  return longest;
}

/** The positions of keys in ascending order, keeping the order given among equals. */
async function orderBy(
  keys: Uint32Array,
  keyCount: number,
  rest: Rest,
  order?: Uint32Array,
): Promise<{ offsets: Uint32Array; order: Uint32Array }> {
  const offsets = new Uint32Array(keyCount + 1);
  const count = (from: number, to: number) => {
    for (let i = from; i < to; i++) offsets[keys[i] + 1]++;
  };
  await inSlices(keys.length, rest, count, columnAtOnce);
  for (let key = 0; key < keyCount; key++) offsets[key + 1] += offsets[key];
  const next = offsets.slice(0, keyCount);
  const ordered = new Uint32Array(keys.length);
  const place = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const position = order === undefined ? i : order[i];
      ordered[next[keys[position]]++] = position;
    }
  };
  await inSlices(keys.length, rest, place, columnAtOnce);
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
