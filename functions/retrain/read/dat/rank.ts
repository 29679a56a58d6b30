import { byDescending } from '../../order.ts';
import { firstLargeCode, type NumberCounts } from './counts.ts';
import type { Block, SharedRows } from './csr.ts';

/** The numbers of a data set by descending support, ties by number. */
export interface Ranking {
  numbers: Uint32Array;
  supports: Uint32Array;
}

/** The rank of each code of one that counted. */
export interface Ranks {
  /** By small number, the same for all. */
  small: Uint32Array;
  /** By code of a large number from `firstLargeCode` on. */
  large: Uint32Array;
}

/** Items that a row had twice, and how often, by rank. */
export type Repeats = Map<number, number>;

/** Adds up what several counted, ranks the numbers, and tells each the ranks of its codes. */
export function rankNumbers(all: readonly NumberCounts[]): Ranking & { ranks: Ranks[] } {
  const smallEnd = Math.max(...all.map((counts) => counts.smallEnd));
  const large = distinct(all.map((counts) => counts.large.subarray(0, counts.largeLength)));
  const totals = new Uint32Array(smallEnd + large.length);
  const places = all.map((counts) => {
    for (let number = 0; number < counts.smallEnd; number++) totals[number] += counts.small[number];
    return Uint32Array.from({ length: counts.largeLength }, (_, i) => {
      const place = smallEnd + indexOf(large, counts.large[i]);
      totals[place] += counts.largeCounts[i];
      return place;
    });
  });
  const order = byDescending(totals);
  const rankOf = new Uint32Array(new SharedArrayBuffer(4 * totals.length));
  for (let rank = 0; rank < order.length; rank++) rankOf[order[rank]] = rank;
  return {
    numbers: order.map((place) => (place < smallEnd ? place : large[place - smallEnd])),
    supports: order.map((place) => totals[place]),
    ranks: places.map((places) => ({
      small: rankOf.subarray(0, smallEnd),
      large: places.map((place) => rankOf[place]),
    })),
  };
}

/** Takes repeats off the supports and ranks anew: the new ranking, and the new rank of each. */
export function rankAgain(
  { numbers, supports }: Ranking,
  all: readonly Repeats[],
): Ranking & { ranks: Ranks } {
  const totals = supports.slice();
  for (const repeats of all) for (const [rank, times] of repeats) totals[rank] -= times;
  const places = Uint32Array.from(numbers.keys()).sort((a, b) => numbers[a] - numbers[b]);
  const order = byDescending(places.map((rank) => totals[rank])).map((place) => places[place]);
  const rankOf = new Uint32Array(new SharedArrayBuffer(4 * order.length));
  for (let rank = 0; rank < order.length; rank++) rankOf[order[rank]] = rank;
  return {
    numbers: order.map((rank) => numbers[rank]),
    supports: order.map((rank) => totals[rank]),
    ranks: { small: rankOf, large: rankOf.subarray(firstLargeCode) },
  };
}

function distinct(lists: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(lists.reduce((sum, list) => sum + list.length, 0));
  let length = 0;
  for (const list of lists) {
    all.set(list, length);
    length += list.length;
  }
  all.sort();
  return all.filter((number, i) => i === 0 || number !== all[i - 1]);
}

/** The index of a number in an ascending list that has it. */
function indexOf(ascending: Uint32Array, number: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Replaces the codes of a block by ranks, sorts each row and takes out what a row has twice. What
 * is left stands at the beginning of the block's place.
 *
 * @param repeats Added to.
 * @param scratch As long as the block at least.
 */
export function rankBlock(
  rows: SharedRows,
  block: Block,
  { small, large }: Ranks,
  repeats: Repeats,
  scratch: Uint32Array,
): void {
  const { itemsAt, rowsAt } = block;
  const ends = new Uint32Array(rows.offsets, 4 * rowsAt + 4, block.rows);
  const codes = new Uint32Array(rows.items, 4 * itemsAt, block.items);
  for (let at = 0; at < codes.length; at++) {
    at = rankSmall(codes, at, small, scratch);
    if (at < codes.length) scratch[at] = large[codes[at] - firstLargeCode];
  }
  // Not in place: what is shared is sorted by way of a copy, row by row.
  block.items = sortRows(scratch, ends, itemsAt, repeats);
  codes.set(scratch.subarray(0, block.items));
}

/** Ranks up to the first large code: a loop with nothing else in it, so that misses overlap. */
function rankSmall(
  codes: Uint32Array,
  from: number,
  small: Uint32Array,
  ranks: Uint32Array,
): number {
  let at = from;
  for (; at < codes.length && codes[at] < firstLargeCode; at++) ranks[at] = small[codes[at]];
  return at;
}

/** @returns How many items are left. */
function sortRows(
  ranks: Uint32Array,
  ends: Uint32Array,
  itemsAt: number,
  repeats: Repeats,
): number {
  let begin = 0;
  let kept = 0;
  for (let row = 0; row < ends.length; row++) {
    const end = ends[row] - itemsAt;
    sortRow(ranks, begin, end);
    kept = keepDistinct(ranks, begin, end, kept, repeats);
    begin = end;
    ends[row] = itemsAt + kept;
  }
  return kept;
}

/** Rows up to this length are sorted by insertion: a call of the array's own sort costs as much. */
const shortRow = 48;

function sortRow(ranks: Uint32Array, begin: number, end: number): void {
  if (end - begin > shortRow) {
    ranks.subarray(begin, end).sort();
    return;
  }
  for (let i = begin + 1; i < end; i++) {
    const rank = ranks[i];
    let at = i;
    for (; at > begin && ranks[at - 1] > rank; at--) ranks[at] = ranks[at - 1];
    ranks[at] = rank;
  }
}

/** Moves a sorted row to where the row before it ends; gives the position behind it. */
function keepDistinct(
  ranks: Uint32Array,
  begin: number,
  end: number,
  to: number,
  repeats: Repeats,
): number {
  let last = ranks[begin];
  ranks[to++] = last;
  for (let i = begin + 1; i < end; i++) {
    const rank = ranks[i];
    if (rank === last) repeats.set(rank, (repeats.get(rank) ?? 0) + 1);
    else ranks[to++] = rank;
    last = rank;
  }
  return to;
}

/** Moves blocks together when repeats have left gaps. */
export function closeGaps(rows: SharedRows, blocks: readonly Block[]): number {
  const items = new Uint32Array(rows.items);
  const offsets = new Uint32Array(rows.offsets);
  let length = 0;
  for (const block of blocks.toSorted((one, other) => one.itemsAt - other.itemsAt)) {
    const shift = block.itemsAt - length;
    if (shift > 0) {
      items.copyWithin(length, block.itemsAt, block.itemsAt + block.items);
      for (let row = block.rowsAt; row < block.rowsAt + block.rows; row++)
        offsets[row + 1] -= shift;
    }
    length += block.items;
  }
  return length;
}
