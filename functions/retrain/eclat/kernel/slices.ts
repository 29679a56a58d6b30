import * as job from './job';
import { allocate } from './memory';

/**
 * Counts which items are frequent in a class from rows that are bitsets of ranks: 128 items at once.
 *
 * Counts are sliced by their bits: the n-th plane has the n-th bit of 128 counts. Eight rows are
 * added up by carry-save adders, which have as many instructions for 128 items as occurrence deliver
 * has for two or three; so this is for data whose rows have more than some percent of all frequent
 * items, few enough of them to stay in a cache. (S. E. Harley's and R. Seal's way of counting bits,
 * see H. S. Warren: Hacker's Delight, 2nd edition, 5-1.)
 */

/** Rows that are added up together. */
const batch: u32 = 8;
/** Planes from the fourth on, which carries go through one by one; all of them when counts are read. */
let planes: usize = 0;
let planeCount: u32 = 0;
/** Where the class's rows are; those that fill up the last batch are `nothing`. */
let addresses: usize = 0;
let addressCapacity: u32 = 0;
let nothing: usize = 0;
let batchesEnd: usize = 0;

/** False when there is no memory. */
export function openSlices(): bool {
  addressCapacity = 0;
  if (job.bitRows === 0) return true;
  const bytes = (job.bitRowBytes as usize) + 16;
  planes = allocate(32 * 16 + bytes);
  if (planes === 0) return false;
  nothing = planes + 32 * 16;
  memory.fill(nothing, 0, bytes);
  return true;
}

/** Looks up where some rows are; false when there is no memory. @param numbers Addresses of them. */
export function openRows(numbers: usize, count: u32): bool {
  const padded = (count + batch - 1) & ~(batch - 1);
  if (padded > addressCapacity) {
    addressCapacity = 2 * padded;
    addresses = allocate((addressCapacity as usize) << 2);
    if (addresses === 0) return false;
  }
  const end = numbers + ((count as usize) << 2);
  let to = addresses;
  for (let at = numbers; at < end; at += 4) {
    store<u32>(to, (job.bitRows + (load<u32>(at) as usize) * (job.bitRowBytes as usize)) as u32);
    to += 4;
  }
  batchesEnd = addresses + ((padded as usize) << 2);
  for (; to < batchesEnd; to += 4) store<u32>(to, nothing as u32);
  planeCount = 32 - (clz(count) as u32);
  return true;
}

function sumOf(a: v128, b: v128, c: v128): v128 {
  return v128.xor(v128.xor(a, b), c);
}

function carryOf(a: v128, b: v128, c: v128): v128 {
  return v128.or(v128.and(a, b), v128.and(v128.xor(a, b), c));
}

function part(at: usize, row: usize, offset: usize): v128 {
  return v128.load((load<u32>(at + 4 * row) as usize) + offset);
}

/**
 * Adds up 128 items of the rows that are open.
 * @param index Which: 0 for the first 128 ranks.
 */
export function addUp(index: u32): void {
  const offset = (index as usize) << 4;
  let ones = i64x2.splat(0);
  let twos = ones;
  let fours = ones;
  for (let plane: u32 = 3; plane < planeCount; plane++) {
    v128.store(planes + ((plane as usize) << 4), i64x2.splat(0));
  }
  for (let at = addresses; at < batchesEnd; at += 4 * batch) {
    const a = part(at, 0, offset);
    const b = part(at, 1, offset);
    const twosOfAb = carryOf(ones, a, b);
    ones = sumOf(ones, a, b);
    const c = part(at, 2, offset);
    const d = part(at, 3, offset);
    const twosOfCd = carryOf(ones, c, d);
    ones = sumOf(ones, c, d);
    const foursBefore = carryOf(twos, twosOfAb, twosOfCd);
    twos = sumOf(twos, twosOfAb, twosOfCd);
    const e = part(at, 4, offset);
    const f = part(at, 5, offset);
    const twosOfEf = carryOf(ones, e, f);
    ones = sumOf(ones, e, f);
    const g = part(at, 6, offset);
    const h = part(at, 7, offset);
    const twosOfGh = carryOf(ones, g, h);
    ones = sumOf(ones, g, h);
    const foursBehind = carryOf(twos, twosOfEf, twosOfGh);
    twos = sumOf(twos, twosOfEf, twosOfGh);
    let carry = carryOf(fours, foursBefore, foursBehind);
    fours = sumOf(fours, foursBefore, foursBehind);
    for (let plane: u32 = 3; plane < planeCount; plane++) {
      const to = planes + ((plane as usize) << 4);
      const before = v128.load(to);
      v128.store(to, v128.xor(before, carry));
      carry = v128.and(before, carry);
    }
  }
  v128.store(planes, ones);
  v128.store(planes, twos, 16);
  v128.store(planes, fours, 32);
}

/** Which of the items added up are in so many rows or more; not more than there are rows. */
export function atLeast(support: u32): v128 {
  // From the lowest bit on: the higher one decides, and where it is equal what was before.
  let reached = i64x2.splat(-1);
  for (let plane: u32 = 0; plane < planeCount; plane++) {
    const bit = v128.load(planes + ((plane as usize) << 4));
    reached = ((support >>> plane) & 1) !== 0 ? v128.and(reached, bit) : v128.or(reached, bit);
  }
  return reached;
}

/** Rows that have an item of those added up. @param item Its number among them, below 128. */
export function countOf(item: u32): u32 {
  const at = planes + ((item as usize) >>> 3);
  let count: u32 = 0;
  for (let plane: u32 = 0; plane < planeCount; plane++) {
    const byte = load<u8>(at + ((plane as usize) << 4)) as u32;
    count |= ((byte >>> (item & 7)) & 1) << plane;
  }
  return count;
}
