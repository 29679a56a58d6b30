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
  /** How many ranks there are, those of others' codes among them. */
  count: number;
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
      count: order.length,
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
    ranks: { small: rankOf, large: rankOf.subarray(firstLargeCode), count: order.length },
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

/** What `rankBlock` works in, used again for each block. */
export interface RankScratch {
  /** As long as the longest block at least. */
  ranks: Uint32Array;
  /** All 0 between two rows. */
  seen: RankSet;
}

/**
 * A set of ranks: one bit each, and on each higher level one bit for a word below that has any. Its
 * ranks come out in order, and what is not in it takes no time.
 */
interface RankSet {
  words: Int32Array;
  middle: Int32Array;
  top: Int32Array;
}

/** Scratch memory for blocks of so many items, of so many different ones. */
export function newRankScratch(blockItems: number, rankCount: number): RankScratch {
  const level = (bits: number) => new Int32Array((rankCount >>> bits) + 1);
  return {
    ranks: new Uint32Array(blockItems),
    seen: { words: level(5), middle: level(10), top: level(15) },
  };
}

/**
 * Replaces the codes of a block by ranks, sorts each row and takes out what a row has twice. What
 * is left stands at the beginning of the block's place.
 *
 * @param repeats Added to.
 */
export function rankBlock(
  rows: SharedRows,
  block: Block,
  { small, large }: Ranks,
  repeats: Repeats,
  { ranks, seen }: RankScratch,
): void {
  const { itemsAt, rowsAt } = block;
  const ends = new Uint32Array(rows.offsets, 4 * rowsAt + 4, block.rows);
  const codes = new Uint32Array(rows.items, 4 * itemsAt, block.items);
  for (let at = 0; at < codes.length; at++) {
    at = rankSmall(codes, at, small, ranks);
    if (at < codes.length) ranks[at] = large[codes[at] - firstLargeCode];
  }
  let begin = 0;
  let kept = 0;
  for (let row = 0; row < ends.length; row++) {
    const end = ends[row] - itemsAt;
    const range = addAll(seen, ranks, begin, end, repeats);
    kept = takeAll(seen, range, codes, kept);
    begin = end;
    ends[row] = itemsAt + kept;
  }
  block.items = kept;
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

/** Adds the ranks of a row; tells the lowest and highest word of the top level that has any. */
function addAll(
  { words, middle, top }: RankSet,
  ranks: Uint32Array,
  begin: number,
  end: number,
  repeats: Repeats,
): { low: number; high: number } {
  let low = top.length;
  let high = -1;
  for (let at = begin; at < end; at++) {
    const rank = ranks[at];
    const word = rank >>> 5;
    const bit = 1 << (rank & 31);
    if ((words[word] & bit) !== 0) {
      repeats.set(rank, (repeats.get(rank) ?? 0) + 1);
      continue;
    }
    words[word] |= bit;
    middle[word >>> 5] |= 1 << (word & 31);
    const highest = word >>> 10;
    top[highest] |= 1 << ((word >>> 5) & 31);
    if (highest < low) low = highest;
    if (highest > high) high = highest;
  }
  return { low, high };
}

/** Takes all ranks out of the set, in ascending order; gives the position behind them. */
function takeAll(
  { words, middle, top }: RankSet,
  { low, high }: { low: number; high: number },
  sorted: Uint32Array,
  to: number,
): number {
  let length = to;
  for (let i = low; i <= high; i++) {
    for (let tops = top[i]; tops !== 0; tops &= tops - 1) {
      const j = 32 * i + lowestBit(tops);
      for (let middles = middle[j]; middles !== 0; middles &= middles - 1) {
        const k = 32 * j + lowestBit(middles);
        for (let bits = words[k]; bits !== 0; bits &= bits - 1) {
          sorted[length++] = 32 * k + lowestBit(bits);
        }
        words[k] = 0;
      }
      middle[j] = 0;
    }
    top[i] = 0;
  }
  return length;
}

/** The number of a word's lowest bit. */
function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
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
