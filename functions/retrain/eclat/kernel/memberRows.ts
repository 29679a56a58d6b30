import * as job from './job';
import { allocate, setWord, word } from './memory';
import { batch, rowAt, touchRows } from './starts';

/** A class's rows, cut to its members. Members have numbers, in the order of ranks. */

/** Rank to its member's number + 1, or 0 (bits as ranks); 0 between classes. */
let numberOf: usize = 0;
export let memberCount: u32 = 0;
/** Members' numbers in each row, and where rows begin; those of less than two are left out. */
let rowMembers: usize = 0;
let rowMemberBytes: usize = 0;
export let rowOffsets: usize = 0;
let rowCapacity: usize = 0;
export let rowCount: u32 = 0;
/** Pairs in those rows. */
export let pairWork: u64 = 0;
/** Words of the rows' bitsets with members, how many, and how many are still few. */
let masks: usize = 0;
let masked: u32 = 0;
const mostMasked: u32 = 32;

/** False when there is no memory. */
export function openMemberRows(): bool {
  const words = ((job.rankCount as usize) + 16) << 2;
  numberOf = allocate(words + 16 * (mostMasked as usize));
  if (numberOf === 0) return false;
  memory.fill(numberOf, 0, words);
  masks = numberOf + words;
  rowMemberBytes = 0;
  rowCapacity = 0;
  return true;
}

/** Before a class is looked at. */
export function closeRows(): void {
  rowCount = 0;
}

/**
 * Makes ready to cut a class's rows.
 * @param ranks Of the members, ascending.
 * @param occurrences Of members in all rows.
 * @returns false when there is no memory.
 */
export function beginRows(ranks: usize, members: u32, rows: u32, occurrences: usize): bool {
  memberCount = members;
  for (let number: u32 = 0; number < memberCount; number++) {
    const rank = word(ranks, number) as usize;
    if (job.wide) store<u32>(numberOf + (rank << 2), number + 1);
    else store<u16>(numberOf + (rank << 1), (number + 1) as u16);
  }
  const bytes = occurrences * (job.wide ? 4 : 2) + 16;
  if (bytes > rowMemberBytes) {
    rowMemberBytes = 2 * bytes;
    rowMembers = allocate(rowMemberBytes);
    if (rowMembers === 0) return false;
  }
  if ((rows as usize) >= rowCapacity) {
    rowCapacity = 2 * ((rows as usize) + 1);
    rowOffsets = allocate(rowCapacity << 2);
    if (rowOffsets === 0) return false;
  }
  setWord(rowOffsets, 0, rowMembers as u32);
  rowCount = 0;
  pairWork = 0;
  maskMembers(ranks);
  return true;
}

/** When all rows are cut. */
export function endRows(ranks: usize): void {
  for (let number: u32 = 0; number < memberCount; number++) {
    const rank = word(ranks, number) as usize;
    if (job.wide) store<u32>(numberOf + (rank << 2), 0);
    else store<u16>(numberOf + (rank << 1), 0);
  }
}

/**
 * Lists the words of the rows' bitsets that members are in, if there are few: to look at these is
 * less work than to go through the rows.
 */
function maskMembers(ranks: usize): void {
  masked = 0;
  if (job.bitRows === 0) return;
  let last: u32 = -1;
  for (let number: u32 = 0; number < memberCount; number++) {
    const partner = word(ranks, number);
    const index = partner >>> 6;
    if (index !== last) {
      if (masked === mostMasked) {
        masked = 0;
        return;
      }
      store<u32>(masks + ((masked as usize) << 4), index << 3);
      store<u64>(masks + ((masked as usize) << 4), 0, 8);
      masked++;
      last = index;
    }
    const mask = masks + (((masked - 1) as usize) << 4);
    store<u64>(mask, load<u64>(mask, 8) | ((1 as u64) << (partner & 63)), 8);
  }
}

/**
 * Cuts some rows to members' numbers, and drops those that have less than two.
 * @param from @param to Positions in the list of starts.
 * @returns the work.
 */
export function cutToMembers(rank: u32, from: u32, to: u32): i32 {
  let work: usize;
  if (masked > 0) work = projectBits(from, to);
  else work = job.wide ? projectRowsOf<u32>(rank, from, to) : projectRowsOf<u16>(rank, from, to);
  return (work as i32) + 64;
}

function projectRowsOf<T>(rank: u32, from: u32, to: u32): usize {
  const last = (job.target === job.all ? rank : -1) as T;
  const before = job.starts + ((to as usize) << 2);
  let row = rowCount;
  let write = word(rowOffsets, row) as usize;
  let work: usize = 0;
  let pairsFound: u64 = 0;
  let start = job.starts + ((from as usize) << 2);
  while (start < before) {
    const stop = min(before, start + batch * 4);
    touchRows<T>(start, stop);
    for (; start < stop; start += 4) {
      const begin = rowAt<T>(start);
      const rowBegin = write;
      let at = begin;
      for (;;) {
        const other = load<T>(at);
        if (other === last) break;
        at += sizeof<T>();
        const number = load<T>(numberOf + (other as usize) * sizeof<T>());
        // Written always and counted if it is a member: a branch would be guessed wrong too often.
        store<T>(write, (number - 1) as T);
        write += number !== 0 ? sizeof<T>() : 0;
      }
      work += at - begin;
      const size = (write - rowBegin) / sizeof<T>();
      if (size < 2) {
        write = rowBegin;
      } else {
        pairsFound += ((size * (size - 1)) >>> 1) as u64;
        row++;
        setWord(rowOffsets, row, write as u32);
      }
    }
  }
  rowCount = row;
  pairWork += pairsFound;
  return work / sizeof<T>();
}

function projectBits(from: u32, to: u32): usize {
  const before = job.starts + ((to as usize) << 2);
  const masksEnd = masks + ((masked as usize) << 4);
  let row = rowCount;
  let write = word(rowOffsets, row) as usize;
  for (let start = job.starts + ((from as usize) << 2); start < before; start += 4) {
    const bitRow = job.bitRows + (load<u32>(start) as usize) * (job.bitRowBytes as usize);
    const rowBegin = write;
    for (let mask = masks; mask < masksEnd; mask += 16) {
      const first = load<u32>(mask);
      const members = load<u64>(bitRow + (first as usize)) & load<u64>(mask, 8);
      for (let bits = members; bits !== 0; bits &= bits - 1) {
        const partner = (first << 3) + (ctz(bits) as u32);
        store<u16>(write, load<u16>(numberOf + ((partner as usize) << 1)) - 1);
        write += 2;
      }
    }
    const size = (write - rowBegin) >>> 1;
    if (size < 2) {
      write = rowBegin;
    } else {
      pairWork += ((size * (size - 1)) >>> 1) as u64;
      row++;
      setWord(rowOffsets, row, write as u32);
    }
  }
  rowCount = row;
  return ((to - from) as usize) * (masked as usize);
}

/** Cuts the rows to members that have a bitset, and drops those that have less than three. */
export function narrowRows(bitsetOf: usize): void {
  if (job.wide) narrowRowsOf<u32>(bitsetOf);
  else narrowRowsOf<u16>(bitsetOf);
}

function narrowRowsOf<T>(bitsetOf: usize): void {
  let row: u32 = 0;
  let write = word(rowOffsets, 0) as usize;
  let from = write;
  for (let old: u32 = 0; old < rowCount; old++) {
    const rowEnd = word(rowOffsets, old + 1) as usize;
    const begin = write;
    for (; from < rowEnd; from += sizeof<T>()) {
      const own = word(bitsetOf, load<T>(from) as u32);
      store<T>(write, (own - 1) as T);
      write += own !== 0 ? sizeof<T>() : 0;
    }
    if (write - begin < 3 * sizeof<T>()) {
      write = begin;
    } else {
      row++;
      setWord(rowOffsets, row, write as u32);
    }
  }
  rowCount = row;
}

/** Sets members' bits, a bit a row. @param stride Vectors from one bitset to the next. */
export function setBits(bits: usize, stride: u32): void {
  if (job.wide) setBitsOf<u32>(bits, stride);
  else setBitsOf<u16>(bits, stride);
}

function setBitsOf<T>(bits: usize, stride: u32): void {
  const bytes = (stride as usize) << 4;
  let from = word(rowOffsets, 0) as usize;
  for (let row: u32 = 0; row < rowCount; row++) {
    const rowEnd = word(rowOffsets, row + 1) as usize;
    const to = bits + ((row as usize) >>> 3);
    const bit = ((1 as u32) << (row & 7)) as u8;
    for (; from < rowEnd; from += sizeof<T>()) {
      const own = to + (load<T>(from) as usize) * bytes;
      store<u8>(own, load<u8>(own) | bit);
    }
  }
}
