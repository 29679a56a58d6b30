import type { Ranked } from './ranks.ts';
import {
  finish,
  openNode,
  reserveMembers,
  reserveRows,
  type Search,
  sortMembers,
} from './search.ts';

/** Counters that are set to zero in the time in which one row is gone through, roughly. */
const countersPerRow = 64;

/** What is used again from class to class. */
interface Scratch {
  /** Rank to the rows of the class that hold it; all 0 between classes. */
  counts: Uint32Array;
  /** The ranks that are frequent in the class come first. */
  partners: Uint32Array;
  /** Rank to its number among the root's members + 1, or 0; all 0 between classes. */
  memberOf: Uint32Array;
}

/**
 * Mines class after class, the most frequent item first. An item's class is the itemsets of which
 * it is the least frequent item, so that its rows are the item's rows up to the item.
 *
 * Pairs are counted by going through those rows (Uno's occurrence deliver): bitsets of all items
 * against all would be mostly zeros. Only what is frequent there gets a bitset, over those rows
 * alone.
 */
export function mineClasses(ranked: Ranked, search: Search): void {
  const { codes, supports, startOffsets } = ranked;
  const { maxLength } = search.limits;
  const scratch: Scratch = {
    counts: new Uint32Array(codes.length),
    partners: new Uint32Array(codes.length),
    memberOf: new Uint32Array(codes.length),
  };
  for (let item = 0; item < codes.length; item++) {
    const begin = startOffsets[item];
    const end = maxLength > 1 ? startOffsets[item + 1] : begin;
    const partners = countPartners(ranked, item, begin, end, search.minSupport, scratch);
    search.stride = maxLength > 2 ? Math.ceil((end - begin) / 32) : 0;
    const { members, perfect } = placePartners(ranked, item, search, scratch, partners);
    clearCounts(ranked, item, begin, end, scratch.counts);

    if (members > 1 && maxLength > 2) {
      openRows(search, end - begin, members);
      addRows(ranked, item, begin, end, search, scratch.memberOf);
      search.words = Math.ceil(search.rows / 32);
    }
    for (let i = 0; i < partners; i++) scratch.memberOf[scratch.partners[i]] = 0;

    openNode(search, codes[item], supports[item], members, perfect);
    finish(search);
  }
}

/** Counts what is in the rows of the class. @returns partners found. */
function countPartners(
  { rows, starts }: Ranked,
  item: number,
  from: number,
  to: number,
  minSupport: number,
  { counts, partners }: Scratch,
): number {
  let end = 0;
  for (let i = from; i < to; i++) {
    for (let at = starts[i]; rows[at] !== item; at++) {
      const other = rows[at];
      if (++counts[other] === minSupport) partners[end++] = other;
    }
  }
  return end;
}

/** Makes the partners members of the class's root, or perfect extensions of its item. */
function placePartners(
  { codes, supports }: Ranked,
  item: number,
  search: Search,
  { counts, partners, memberOf }: Scratch,
  found: number,
): { members: number; perfect: number } {
  reserveMembers(search, found);
  const { memberCodes, memberSupports, memberSlots } = search;
  for (let i = 0; i < found; i++) {
    const partner = partners[i];
    memberCodes[i] = codes[partner];
    memberSupports[i] = counts[partner];
    // Until there are bitsets this is the rank, so that ties do not go by who was found first.
    memberSlots[i] = partner;
  }
  sortMembers(search, 0, found);

  let members = 0;
  let perfect = 0;
  for (let i = 0; i < found; i++) {
    if (memberSupports[i] === supports[item]) {
      search.perfect[perfect++] = memberCodes[i];
    } else {
      memberOf[memberSlots[i]] = i + 1;
      memberSlots[i] = i;
      members++;
    }
  }
  return { members, perfect };
}

/** Sets the counts back to zero: all that an item can have, or only those that few rows touched. */
function clearCounts(
  { rows, starts }: Ranked,
  item: number,
  begin: number,
  end: number,
  counts: Uint32Array,
): void {
  if ((end - begin) * countersPerRow > item) {
    counts.fill(0, 0, item);
    return;
  }
  for (let i = begin; i < end; i++) {
    for (let at = starts[i]; rows[at] !== item; at++) counts[rows[at]] = 0;
  }
}

/** Makes room for so many rows of so many members, and none of them yet. */
function openRows(search: Search, rows: number, members: number): void {
  let occurrences = 0;
  for (let i = 0; i < members; i++) occurrences += search.memberSupports[i];
  reserveRows(search, rows, occurrences, members);
  search.bits.fill(0, 0, members * search.stride);
  search.rows = 0;
}

/**
 * Adds rows to the class, each cut to the root's members; not those that have less than two, which
 * make no itemset of three.
 */
function addRows(
  { rows, starts }: Ranked,
  item: number,
  from: number,
  to: number,
  search: Search,
  memberOf: Uint32Array,
): void {
  const { bits, stride, rowMembers, rowOffsets } = search;
  let row = search.rows;
  for (let i = from; i < to; i++) {
    const begin = rowOffsets[row];
    let end = begin;
    for (let at = starts[i]; rows[at] !== item; at++) {
      const member = memberOf[rows[at]];
      if (member > 0) rowMembers[end++] = member - 1;
    }
    if (end - begin < 2) continue;

    const word = row >>> 5;
    const bit = 1 << (row & 31);
    for (let at = begin; at < end; at++) bits[rowMembers[at] * stride + word] |= bit;
    rowOffsets[++row] = end;
  }
  search.rows = row;
}
