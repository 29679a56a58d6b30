import { firstNotBelow } from '../../../../shared/ascending.ts';
import { inOrder, type Steps } from '../../../../shared/steps.ts';
import { byDescending } from '../../order.ts';
import { firstLargeCode, type NumberCounts } from './counts.ts';
import type { Block, SharedRows } from './csr.ts';
import type { Tokens } from './tokens.ts';

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
export function* rankNumbers(all: readonly NumberCounts[]): Steps<Ranking & { ranks: Ranks[] }> {
  const smallEnd = Math.max(...all.map(({ small }) => small.length));
  const large = distinct(all.map((counts) => counts.large.subarray(0, counts.largeLength)));
  const totals = new Uint32Array(smallEnd + large.length);
  const places = all.map((counts) => {
    const { small } = counts;
    for (let number = 0; number < small.length; number++) totals[number] += small[number];
    return Uint32Array.from({ length: counts.largeLength }, (_, i) => {
      const place = smallEnd + firstNotBelow(large, counts.large[i]);
      totals[place] += counts.largeCounts[i];
      return place;
    });
  });
  yield;
  const order = byDescending(totals);
  yield;
  const rankOf = new Uint32Array(new SharedArrayBuffer(4 * totals.length));
  for (let rank = 0; rank < order.length; rank++) rankOf[order[rank]] = rank;
  yield;
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
export function* rankAgain(
  { numbers, supports }: Ranking,
  all: readonly Repeats[],
): Steps<Ranking & { ranks: Ranks }> {
  const totals = supports.slice();
  for (const repeats of all) for (const [rank, times] of repeats) totals[rank] -= times;
  const places = yield* inOrder(numbers.length, (a, b) => numbers[a] - numbers[b]);
  const order = byDescending(places.map((rank) => totals[rank])).map((place) => places[place]);
  const rankOf = new Uint32Array(new SharedArrayBuffer(4 * order.length));
  for (let rank = 0; rank < order.length; rank++) rankOf[order[rank]] = rank;
  return {
    numbers: order.map((rank) => numbers[rank]),
    supports: order.map((rank) => totals[rank]),
    ranks: {
      small: rankOf.subarray(0, firstLargeCode),
      large: rankOf.subarray(firstLargeCode),
      count: order.length,
    },
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

/**
 * Replaces the codes of some rows by ranks, sorts each row and takes out what it has twice.
 *
 * @param codes Row after row; what is left stands at their beginning.
 * @param ends Where each row ends in them.
 * @param repeats Added to.
 * @returns Codes that are left.
 */
export type SortRows = (codes: Uint32Array, ends: Uint32Array, repeats: Repeats) => number;

/** By the kernel, `mostSorted` codes at once; it keeps the ranks in its table. */
export function sortByKernel(tokens: Tokens, { small, large, count }: Ranks): SortRows {
  const table = tokens.table(small.length + large.length);
  table.set(small);
  table.set(large, small.length);
  return (codes, ends, repeats) => {
    tokens.numbers.set(codes);
    tokens.rowEnds.set(ends);
    const left = tokens.sortRows(ends.length, firstLargeCode, small.length, count);
    codes.set(tokens.numbers.subarray(0, left));
    ends.set(tokens.rowEnds.subarray(0, ends.length));
    for (const rank of tokens.repeats()) add(repeats, rank);
    return left;
  };
}

/** The same in plain words; also for rows that are longer than what the kernel takes. */
export function sortPlainly({ small, large }: Ranks): SortRows {
  return (codes, ends, repeats) => {
    let begin = 0;
    let left = 0;
    for (let row = 0; row < ends.length; row++) {
      const ranks = codes
        .slice(begin, ends[row])
        .map((code) => (code < firstLargeCode ? small[code] : large[code - firstLargeCode]))
        .sort();
      begin = ends[row];
      for (let i = 0; i < ranks.length; i++) {
        if (i > 0 && ranks[i] === ranks[i - 1]) add(repeats, ranks[i]);
        else codes[left++] = ranks[i];
      }
      ends[row] = left;
    }
    return left;
  };
}

function add(repeats: Repeats, rank: number): void {
  repeats.set(rank, (repeats.get(rank) ?? 0) + 1);
}

/**
 * Ranks a block, see `SortRows`, as many rows at once as fit.
 * @param sortLong For rows of more than `most` items.
 */
export function rankBlock(
  rows: SharedRows,
  block: Block,
  { sort, sortLong, most }: { sort: SortRows; sortLong: SortRows; most: number },
  repeats: Repeats,
): void {
  const { itemsAt, rowsAt } = block;
  const ends = new Uint32Array(rows.offsets, 4 * rowsAt + 4, block.rows);
  const codes = new Uint32Array(rows.items, 4 * itemsAt, block.items);
  let begin = 0;
  let kept = 0;
  for (let row = 0; row < ends.length; ) {
    let next = row + 1;
    while (next < ends.length && ends[next] - itemsAt - begin <= most) next++;
    const end = ends[next - 1] - itemsAt;
    const some = codes.subarray(begin, end);
    const someEnds = ends.slice(row, next).map((end) => end - itemsAt - begin);
    const left = (some.length > most ? sortLong : sort)(some, someEnds, repeats);
    if (kept < begin) codes.copyWithin(kept, begin, begin + left);
    for (let i = 0; i < someEnds.length; i++) ends[row + i] = itemsAt + kept + someEnds[i];
    begin = end;
    kept += left;
    row = next;
  }
  block.items = kept;
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
