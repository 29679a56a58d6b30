/** From the caller's rows, a part at a time, to rows of ranks and the rows of each rank. */

/**
 * Counts the items of some rows.
 * @param offsets Rows + 1 positions of 32 bits, `items` being that of the first.
 * @returns 0, or 1 + the first row that breaks the contract: ascending items below `itemCount`.
 */
export function countItems(
  offsets: usize,
  rowCount: u32,
  items: usize,
  itemCount: u32,
  counts: usize,
): u32 {
  const origin = load<u32>(offsets);
  for (let row: u32 = 0; row < rowCount; row++) {
    let at = items + (((load<u32>(offsets) - origin) as usize) << 2);
    offsets += 4;
    const end = items + (((load<u32>(offsets) - origin) as usize) << 2);
    let least: u32 = 0;
    for (; at < end; at += 4) {
      const item = load<u32>(at);
      if (item < least || item >= itemCount) return row + 1;
      least = item + 1;
      const count = counts + ((item as usize) << 2);
      store<u32>(count, load<u32>(count) + 1);
    }
  }
  return 0;
}

/** Most ranks in a row that `rankRows` has written, and pairs in all of them. */
export let longestRow: u32 = 0;
export let pairWork: f64 = 0;

/**
 * Writes the ranks of some rows, ascending, and behind each row the highest number there is. Rows
 * without a rank are left out.
 * @param rankOf Code to rank + 1, or 0 where it is not frequent.
 * @param seen As many bits as there are ranks, and their words' bits behind them; all 0.
 * @param firstCounts Rank to rows that begin with it; what is found is added.
 * @returns the end of what is written.
 */
export function rankRows(
  wide: bool,
  offsets: usize,
  rowCount: u32,
  items: usize,
  rankOf: usize,
  rankCount: u32,
  seen: usize,
  firstCounts: usize,
  to: usize,
): usize {
  return wide
    ? rankRowsOf<u32>(offsets, rowCount, items, rankOf, rankCount, seen, firstCounts, to)
    : rankRowsOf<u16>(offsets, rowCount, items, rankOf, rankCount, seen, firstCounts, to);
}

function rankRowsOf<T>(
  offsets: usize,
  rowCount: u32,
  items: usize,
  rankOf: usize,
  rankCount: u32,
  seen: usize,
  firstCounts: usize,
  to: usize,
): usize {
  const origin = load<u32>(offsets);
  for (let row: u32 = 0; row < rowCount; row++) {
    let at = items + (((load<u32>(offsets) - origin) as usize) << 2);
    offsets += 4;
    const end = items + (((load<u32>(offsets) - origin) as usize) << 2);
    const begin = to;
    let ascending = true;
    let last: u32 = 0;
    for (; at < end; at += 4) {
      // Ranks are one too high here, so that 0 can be written and forgotten without a branch.
      const rank = load<u32>(rankOf + ((load<u32>(at) as usize) << 2));
      store<T>(to, (rank - 1) as T);
      to += rank !== 0 ? sizeof<T>() : 0;
      ascending = ascending && (rank === 0 || rank >= last);
      last = rank !== 0 ? rank : last;
    }
    if (to === begin) continue;
    if (!ascending) sortRow<T>(begin, to, seen, rankCount);
    to = endRow<T>(begin, to, firstCounts);
  }
  return to;
}

/**
 * The same where codes are ranks already, so that what is frequent comes first in each row.
 */
export function cutRows(
  wide: bool,
  offsets: usize,
  rowCount: u32,
  items: usize,
  rankCount: u32,
  firstCounts: usize,
  to: usize,
): usize {
  return wide
    ? cutRowsOf<u32>(offsets, rowCount, items, rankCount, firstCounts, to)
    : cutRowsOf<u16>(offsets, rowCount, items, rankCount, firstCounts, to);
}

function cutRowsOf<T>(
  offsets: usize,
  rowCount: u32,
  items: usize,
  rankCount: u32,
  firstCounts: usize,
  to: usize,
): usize {
  const origin = load<u32>(offsets);
  for (let row: u32 = 0; row < rowCount; row++) {
    let at = items + (((load<u32>(offsets) - origin) as usize) << 2);
    offsets += 4;
    const end = items + (((load<u32>(offsets) - origin) as usize) << 2);
    const begin = to;
    for (; at < end; at += 4) {
      const rank = load<u32>(at);
      if (rank >= rankCount) break;
      store<T>(to, rank as T);
      to += sizeof<T>();
    }
    if (to !== begin) to = endRow<T>(begin, to, firstCounts);
  }
  return to;
}

/** Notes what there is to know of a row, and returns where the next one begins. */
function endRow<T>(begin: usize, to: usize, firstCounts: usize): usize {
  const length = ((to - begin) / sizeof<T>()) as u32;
  longestRow = max(longestRow, length);
  pairWork += ((length as f64) * ((length as f64) - 1)) / 2;
  const first = firstCounts + ((load<T>(begin) as usize) << 2);
  store<u32>(first, load<u32>(first) + 1);
  store<T>(to, -1 as T);
  return to + sizeof<T>();
}

/**
 * Sorts without comparing: each rank sets its bit, and each of their words its own bit in a word
 * above, so that few words are gone through to read them back.
 */
function sortRow<T>(begin: usize, end: usize, seen: usize, rankCount: u32): void {
  const above = seen + ((((rankCount as usize) + 63) >>> 6) << 3);
  let lowest: usize = ~0;
  let highest: usize = 0;
  for (let at = begin; at < end; at += sizeof<T>()) {
    const rank = load<T>(at) as usize;
    const word = seen + ((rank >>> 6) << 3);
    store<u64>(word, load<u64>(word) | ((1 as u64) << (rank & 63)));
    const upper = rank >>> 12;
    const wordAbove = above + (upper << 3);
    store<u64>(wordAbove, load<u64>(wordAbove) | ((1 as u64) << ((rank >>> 6) & 63)));
    lowest = min(lowest, upper);
    highest = max(highest, upper);
  }
  for (let upper = lowest; upper <= highest; upper++) {
    let words = load<u64>(above + (upper << 3));
    store<u64>(above + (upper << 3), 0);
    for (; words !== 0; words &= words - 1) {
      const index = (upper << 6) + (ctz(words) as usize);
      let bits = load<u64>(seen + (index << 3));
      store<u64>(seen + (index << 3), 0);
      for (; bits !== 0; bits &= bits - 1) {
        store<T>(begin, ((index << 6) + (ctz(bits) as usize)) as T);
        begin += sizeof<T>();
      }
    }
  }
}

/**
 * Lists for each rank the rows that hold it.
 * @param from @param to Rows of ranks, as `rankRows` writes them.
 * @param origin Where the first of all rows begins; a start is the number of ranks from there.
 * @param cursors Rank to the number of its next start; they are moved on.
 */
export function listStarts(
  wide: bool,
  from: usize,
  to: usize,
  origin: usize,
  firsts: u32,
  cursors: usize,
  starts: usize,
): void {
  if (wide) listStartsOf<u32>(from, to, origin, firsts, cursors, starts);
  else listStartsOf<u16>(from, to, origin, firsts, cursors, starts);
}

function listStartsOf<T>(
  from: usize,
  to: usize,
  origin: usize,
  firsts: u32,
  cursors: usize,
  starts: usize,
): void {
  while (from < to) {
    const start = ((from - origin) / sizeof<T>()) as u32;
    from += firsts * sizeof<T>();
    for (;;) {
      const rank = load<T>(from);
      from += sizeof<T>();
      if (rank === (-1 as T)) break;
      const cursor = cursors + ((rank as usize) << 2);
      const at = load<u32>(cursor);
      store<u32>(cursor, at + 1);
      store<u32>(starts + ((at as usize) << 2), start);
    }
  }
}

/**
 * Sets the bits of rows of ranks, notes where they begin, and lists for each rank the rows that hold
 * it by their number.
 * @param bytes Of each row's bitset.
 * @param row Number of the first of these rows.
 * @returns the number of the next row.
 */
export function setBitRows(
  from: usize,
  to: usize,
  origin: usize,
  firsts: u32,
  cursors: usize,
  starts: usize,
  bitRows: usize,
  bytes: u32,
  rowStarts: usize,
  row: u32,
): u32 {
  for (; from < to; row++) {
    store<u32>(rowStarts + ((row as usize) << 2), ((from - origin) >>> 1) as u32);
    const bits = bitRows + (row as usize) * (bytes as usize);
    memory.fill(bits, 0, bytes as usize);
    const listed = from + ((firsts as usize) << 1);
    for (;;) {
      const rank = load<u16>(from);
      if (rank === 0xffff) break;
      const byte = bits + ((rank as usize) >>> 3);
      store<u8>(byte, load<u8>(byte) | (((1 as u32) << (rank & 7)) as u8));
      if (from >= listed) {
        const cursor = cursors + ((rank as usize) << 2);
        const at = load<u32>(cursor);
        store<u32>(cursor, at + 1);
        store<u32>(starts + ((at as usize) << 2), row);
      }
      from += 2;
    }
    from += 2;
  }
  return row;
}
