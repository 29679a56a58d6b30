import { countIntersection, intersect } from './bitsets.ts';
import { appendItemset, type Columns } from './columns.ts';
import { type Limits, type Tally, tallyItemset } from './tally.ts';

/**
 * A depth-first search through one class at a time.
 *
 * A node is an itemset (its base) with its members: the items that make a frequent itemset with it,
 * by ascending support, each with a bitset of the class's rows that have it and the base. A child
 * is the base with one member; its members are among those that follow. The members of all nodes on
 * the way from the root are one stack, and bitset number s begins at word `s * stride`.
 *
 * Nothing is allocated per itemset; arrays grow when a class needs more than all before it.
 */
export interface Search {
  minSupport: number;
  limits: Limits;
  tally: Tally;
  /** Where itemsets are kept, if they are. */
  columns: Columns | undefined;

  /** Items of the base, and number of the open node; 0: the search is over. */
  length: number;
  /** Caller's codes of the open node's base. */
  base: Uint32Array;
  /** Node to support, next member to extend by, end of its members on the stack... */
  supports: Uint32Array;
  next: Uint32Array;
  end: Uint32Array;
  /** ...and of the perfect extensions that hold for it on theirs (caller's codes). */
  perfectEnd: Uint32Array;
  perfect: Uint32Array;

  /** The stack of members: caller's codes, supports of base and member, numbers of bitsets. */
  memberCodes: Uint32Array;
  memberSupports: Uint32Array;
  memberSlots: Uint32Array;
  bits: Int32Array;
  /** Words from one bitset to the next, and words of each that are in use. */
  stride: number;
  words: number;

  /** The class's rows: row r has the root's members `rowMembers[rowOffsets[r]]` to before r + 1. */
  rowMembers: Uint32Array;
  rowOffsets: Uint32Array;
  rows: number;
  /** Root's member to rows that it shares with another; 0 between uses. */
  counts: Uint32Array;

  /** Whether the open node's itemset is still to be kept, and with which perfect extensions. */
  keeping: boolean;
  chosen: Uint32Array;
  chosenCount: number;
}

/** A search that is over. @param longest Items of the longest itemset there can be. */
export function newSearch(
  longest: number,
  settings: Pick<Search, 'minSupport' | 'limits' | 'tally' | 'columns'>,
): Search {
  const perNode = () => new Uint32Array(longest + 1);
  return {
    ...settings,
    length: 0,
    base: perNode(),
    supports: perNode(),
    next: perNode(),
    end: perNode(),
    perfectEnd: perNode(),
    perfect: perNode(),
    memberCodes: new Uint32Array(0),
    memberSupports: new Uint32Array(0),
    memberSlots: new Uint32Array(0),
    bits: new Int32Array(0),
    stride: 0,
    words: 0,
    rowMembers: new Uint32Array(0),
    rowOffsets: new Uint32Array(1),
    rows: 0,
    counts: new Uint32Array(0),
    keeping: false,
    chosen: perNode(),
    chosenCount: 0,
  };
}

/** Makes room on the stack for so many members, and for as many bitsets. */
export function reserveMembers(search: Search, count: number): void {
  search.memberCodes = grown(search.memberCodes, count);
  search.memberSupports = grown(search.memberSupports, count);
  search.memberSlots = grown(search.memberSlots, count);
  if (count * search.stride > search.bits.length) {
    const larger = new Int32Array(2 * count * search.stride);
    larger.set(search.bits);
    search.bits = larger;
  }
}

/** Makes room for the rows of a class. @param occurrences Members in all rows, at most. */
export function reserveRows(
  search: Search,
  rows: number,
  occurrences: number,
  members: number,
): void {
  search.rowOffsets = grown(search.rowOffsets, rows + 1);
  search.rowMembers = grown(search.rowMembers, occurrences);
  search.counts = grown(search.counts, members);
}

/** Adds an item to the base. The new node's members and perfect extensions are in place already. */
export function openNode(
  search: Search,
  code: number,
  support: number,
  memberEnd: number,
  perfectEnd: number,
): void {
  const { length, end } = search;
  search.base[length] = code;
  const node = length + 1;
  search.length = node;
  search.supports[node] = support;
  search.next[node] = end[length];
  end[node] = memberEnd;
  search.perfectEnd[node] = perfectEnd;
  tallyItemset(search.tally, search.limits, node, perfectEnd);
  search.keeping = search.columns !== undefined;
  search.chosenCount = 0;
}

/** Searches until there is nothing left. */
export function finish(search: Search): void {
  const { next, end } = search;
  while (search.length > 0) {
    if (search.keeping) keepItemset(search);
    else if (next[search.length] === end[search.length]) search.length--;
    else extend(search, next[search.length]++);
  }
}

/** Opens the child that has one member more. */
function extend(search: Search, member: number): void {
  const node = search.length;
  const parentEnd = search.end[node];
  const support = search.memberSupports[member];
  const candidates = node + 1 < search.limits.maxLength ? parentEnd - member - 1 : 0;
  reserveMembers(search, parentEnd + candidates);
  const { minSupport, bits, stride, words, perfect, counts } = search;
  const { memberCodes, memberSupports, memberSlots } = search;

  const counted = node === 1 && countCandidates(search, member, candidates);
  const bitset = memberSlots[member] * stride;
  let memberEnd = parentEnd;
  let perfectEnd = search.perfectEnd[node];
  for (let other = member + 1; other <= member + candidates; other++) {
    if (counted && counts[other] < minSupport) continue;
    const otherBitset = memberSlots[other] * stride;
    // One candidate alone will have nothing to be intersected with.
    const together =
      candidates === 1
        ? countIntersection(bits, bitset, otherBitset, words)
        : intersect(bits, bitset, otherBitset, memberEnd * stride, words);
    if (together === support) {
      perfect[perfectEnd++] = memberCodes[other];
    } else if (together >= minSupport) {
      memberCodes[memberEnd] = memberCodes[other];
      memberSupports[memberEnd] = together;
      memberSlots[memberEnd] = memberEnd;
      memberEnd++;
    }
  }
  if (counted) counts.fill(0, 0, parentEnd);
  sortMembers(search, parentEnd, memberEnd);
  openNode(search, memberCodes[member], support, memberEnd, perfectEnd);
}

/**
 * Where that is less work than intersecting all, counts the rows that each of the root's members
 * has in common with this one, by going through those rows (occurrence deliver again). In a class
 * of many members, few of them in each row, most candidates are infrequent and need no bitset.
 */
function countCandidates(search: Search, member: number, candidates: number): boolean {
  const { bits, stride, words, rowMembers, rowOffsets, rows, counts } = search;
  const membersPerRow = rowOffsets[rows] / Math.max(1, rows);
  if (search.memberSupports[member] * membersPerRow >= candidates * words) return false;
  for (let i = 0; i < words; i++) {
    // Each round takes the lowest bit away.
    for (let word = bits[member * stride + i]; word !== 0; word &= word - 1) {
      const row = 32 * i + 31 - Math.clz32(word & -word);
      const end = rowOffsets[row + 1];
      for (let at = rowOffsets[row]; at < end; at++) counts[rowMembers[at]]++;
    }
  }
  return true;
}

/** Keeps the open node's itemset with the next choice of perfect extensions. */
function keepItemset(search: Search): void {
  const { length, limits, chosen, chosenCount } = search;
  const kept = length + chosenCount;
  if (search.columns && kept >= limits.minLength) {
    const { columns, supports, base, perfect } = search;
    appendItemset(columns, supports[length], base, length, perfect, chosen, chosenCount);
  }
  search.chosenCount = nextChoice(
    chosen,
    chosenCount,
    search.perfectEnd[length],
    limits.maxLength - length,
  );
  search.keeping = search.chosenCount > 0;
}

/**
 * From one choice out of `size` to the next, depth first: none, 0, 01, 012, 02, 1, 12, 2, none.
 * @param most Numbers that may be chosen at once.
 * @returns how many are chosen.
 */
function nextChoice(chosen: Uint32Array, count: number, size: number, most: number): number {
  const next = count === 0 ? 0 : chosen[count - 1] + 1;
  if (next < size && count < most) {
    chosen[count] = next;
    return count + 1;
  }
  const left = next === size ? count - 1 : count;
  if (left > 0) chosen[left - 1]++;
  return Math.max(left, 0);
}

/** Sorts members by support, ties by slot: a Shell sort, as there may be few or thousands. */
export function sortMembers(search: Search, from: number, to: number): void {
  const { memberCodes, memberSupports, memberSlots } = search;
  let gap = 1;
  while (gap < (to - from) / 9) gap = 3 * gap + 1;
  for (; gap > 0; gap = (gap - 1) / 3) {
    for (let i = from + gap; i < to; i++) {
      const code = memberCodes[i];
      const support = memberSupports[i];
      const slot = memberSlots[i];
      let at = i;
      while (at - gap >= from) {
        const before = at - gap;
        const greater = memberSupports[before] - support || memberSlots[before] - slot;
        if (greater < 0) break;
        memberCodes[at] = memberCodes[before];
        memberSupports[at] = memberSupports[before];
        memberSlots[at] = memberSlots[before];
        at = before;
      }
      memberCodes[at] = code;
      memberSupports[at] = support;
      memberSlots[at] = slot;
    }
  }
}

/** An array of at least this length, with the same values: the one given, or one twice as long. */
function grown(values: Uint32Array, length: number): Uint32Array {
  if (length <= values.length) return values;
  const larger = new Uint32Array(2 * length);
  larger.set(values);
  return larger;
}
