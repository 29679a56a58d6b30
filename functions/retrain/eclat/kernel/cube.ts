import * as job from './job';
import * as members from './members';
import { allocate, word } from './memory';
import * as report from './report';

/**
 * Counts all itemsets that a node makes with subsets of a class's eight most frequent members, its
 * head, at once. Dense data has most of its itemsets there: hundreds at a node, for which a search
 * would intersect bitsets each time.
 *
 * Rows of a class are put in order by which of the head they have, their pattern; those of each
 * pattern begin at a word of their own. A node counts its rows pattern by pattern, by words of its
 * bitset, and adds to each pattern the counts of all supersets (the zeta transform of the lattice of
 * subsets; F. Yates: The Design and Analysis of Factorial Experiments, 1937). These are the
 * supports. Borgelt's programs have the same eye for a dense head, his 16-items machine.
 */

/** Members in the head; counts of subsets by size fit in the bytes of one word. */
const headSize: u32 = 8;
const patternCount: u32 = 1 << headSize;
/** Frequent subsets of the head in the whole class from which on this is less work. */
const fewestFrequent: u64 = 40;

/** Whether the open class has a head. */
export let isOpen: bool = false;
/** Pattern to its rows that the open node has, then to the support: 16 or 32 bits. */
let counts: usize = 0;
let deep: bool = false;
/** Which of eight neighbours are frequent to how many, by the size of the lower three bits. */
let sizesOf: usize = 0;
/** Patterns that occur, in order: each its number and, in two 32-bit words, where its words end. */
let used: usize = 0;
let usedCount: u32 = 0;
/** Pattern to the bit of its next row. */
let places: usize = 0;
/** Member to its bit in patterns, if it is in the head, and else 0. */
let headBits: usize = 0;
/** Row to its pattern. */
let patterns: usize = 0;
let patternCapacity: usize = 0;

/** False when there is no memory. */
export function openCube(): bool {
  isOpen = false;
  patternCapacity = 0;
  const block = allocate(((patternCount * 16) as usize) + 1024 + (job.rankCount as usize));
  if (block === 0) return false;
  counts = block;
  places = block + patternCount * 4;
  used = block + patternCount * 8;
  sizesOf = block + patternCount * 16;
  headBits = sizesOf + 1024;
  for (let mask: u32 = 0; mask < 256; mask++) {
    let sizes: u32 = 0;
    for (let bit: u32 = 0; bit < 8; bit++) {
      if (((mask >>> bit) & 1) !== 0) sizes += (1 as u32) << (8 * popcnt(bit));
    }
    store<u32>(sizesOf + ((mask as usize) << 2), sizes);
  }
  return true;
}

/** Before a class is looked at. */
export function closeHead(): void {
  isOpen = false;
}

/**
 * Whether it may be worth looking at the head of a class, by what its supports say alone: whether
 * its four rarest would be frequent together if they had nothing to do with each other.
 */
export function isPromising(memberCount: u32, support: u32): bool {
  if (job.keeping || job.target !== job.all || job.maxLength < job.longestRow) return false;
  if (memberCount <= headSize) return false;
  let together = support as f64;
  for (let at = memberCount - headSize; at < memberCount - headSize / 2; at++) {
    together *= (members.memberSupportAt(at) as f64) / (support as f64);
  }
  return together >= (job.minSupport as f64);
}

/**
 * Looks at a class whose members are sorted on the stack: the last ones are the head.
 * @param rowOffsets Row + 1 addresses of the members' numbers in each row.
 * @returns vectors that a bitset of the other members has, 0 if there is to be no head, and -1 when
 * there is no memory.
 */
export function openHead(rowOffsets: usize, rowCount: u32, memberCount: u32, isDeep: bool): i32 {
  if ((rowCount as usize) > patternCapacity) {
    patternCapacity = 2 * (rowCount as usize);
    patterns = allocate(patternCapacity);
    if (patterns === 0) return -1;
  }
  deep = isDeep;
  memory.fill(headBits, 0, memberCount as usize);
  for (let bit: u32 = 0; bit < headSize; bit++) {
    const number = members.memberNumberAt(memberCount - headSize + bit) as usize;
    store<u8>(headBits + number, ((1 as u32) << bit) as u8);
  }
  memory.fill(places, 0, (patternCount as usize) << 2);
  if (job.wide) findPatterns<u32>(rowOffsets, rowCount);
  else findPatterns<u16>(rowOffsets, rowCount);

  usedCount = 0;
  let words: u32 = 0;
  for (let pattern: u32 = 0; pattern < patternCount; pattern++) {
    const place = places + ((pattern as usize) << 2);
    const rows = load<u32>(place);
    if (deep) store<u32>(counts + ((pattern as usize) << 2), rows);
    else store<u16>(counts + ((pattern as usize) << 1), rows as u16);
    store<u32>(place, words << 6);
    if (rows === 0) continue;
    words += (rows + 63) >>> 6;
    const own = used + ((usedCount as usize) << 3);
    store<u32>(own, pattern);
    store<u32>(own, words << 3, 4);
    usedCount++;
  }
  // The rows' order is not to make bitsets much longer.
  if (words > 2 * ((rowCount + 63) >>> 6) + 8) return 0;
  const bySize = deep ? supportsBySize<u32>() : supportsBySize<u16>();
  let frequent: u64 = 0;
  for (let sizes = bySize; sizes !== 0; sizes >>= 8) frequent += sizes & 255;
  if (frequent < fewestFrequent) return 0;
  isOpen = true;
  return ((words + 1) >>> 1) as i32;
}

function findPatterns<T>(rowOffsets: usize, rowCount: u32): void {
  let from = load<u32>(rowOffsets) as usize;
  for (let row: usize = 0; row < (rowCount as usize); row++) {
    const end = load<u32>(rowOffsets + ((row + 1) << 2)) as usize;
    let pattern: u32 = 0;
    for (; from < end; from += sizeof<T>()) {
      pattern |= load<u8>(headBits + (load<T>(from) as usize)) as u32;
    }
    store<u8>(patterns + row, pattern as u8);
    const place = places + ((pattern as usize) << 2);
    store<u32>(place, load<u32>(place) + 1);
  }
}

/**
 * Sets the bits of the members that are not in the head, in the order of patterns.
 * @param numbers Member to the number of its bitset.
 */
export function setBits(
  rowOffsets: usize,
  rowCount: u32,
  numbers: usize,
  bits: usize,
  stride: u32,
): void {
  if (job.wide) setBitsOf<u32>(rowOffsets, rowCount, numbers, bits, stride);
  else setBitsOf<u16>(rowOffsets, rowCount, numbers, bits, stride);
}

function setBitsOf<T>(
  rowOffsets: usize,
  rowCount: u32,
  numbers: usize,
  bits: usize,
  stride: u32,
): void {
  const bytes = (stride as usize) << 4;
  let from = word(rowOffsets, 0) as usize;
  for (let row: u32 = 0; row < rowCount; row++) {
    const rowEnd = word(rowOffsets, row + 1) as usize;
    const place = takePlace(row);
    const to = bits + ((place as usize) >>> 3);
    const bit = ((1 as u32) << (place & 7)) as u8;
    for (; from < rowEnd; from += sizeof<T>()) {
      const number = load<T>(from) as u32;
      if (load<u8>(headBits + (number as usize)) !== 0) continue;
      const own = to + (word(numbers, number) as usize) * bytes;
      store<u8>(own, load<u8>(own) | bit);
    }
  }
}

/** Takes the bit of a row in bitsets. */
function takePlace(row: u32): u32 {
  const place = places + ((load<u8>(patterns + (row as usize)) as usize) << 2);
  const bit = load<u32>(place);
  store<u32>(place, bit + 1);
  return bit;
}

/** Members that are in the head are the last ones on the stack. */
export function membersBefore(memberCount: u32): u32 {
  return isOpen ? memberCount - headSize : memberCount;
}

/** Counts what the root makes with the head: the histogram of its rows is there already. */
export function countRoot(perfect: u32): void {
  // A row of the class that has one member alone is not among the rows, but all are frequent.
  const bySize = deep ? frequentBySize<u32>() : frequentBySize<u16>();
  tally(1, perfect, (bySize & ~(255 as u64)) | headSize);
}

/** Counts what a node of so many items makes with the head. @returns the work, in vectors. */
export function count(bits: usize, length: u32, perfect: u32): i32 {
  memory.fill(counts, 0, (patternCount as usize) << (deep ? 2 : 1));
  let at = bits;
  for (let i: u32 = 0; i < usedCount; i++) {
    const own = used + ((i as usize) << 3);
    const pattern = load<u32>(own) as usize;
    const end = bits + (load<u32>(own, 4) as usize);
    let rows: u64 = 0;
    for (; at < end; at += 8) rows += popcnt(load<u64>(at));
    if (deep) store<u32>(counts + (pattern << 2), rows as u32);
    else store<u16>(counts + (pattern << 1), rows as u16);
  }
  tally(length, perfect, deep ? supportsBySize<u32>() : supportsBySize<u16>());
  return 64 + (usedCount as i32);
}

function tally(length: u32, perfect: u32, bySize: u64): void {
  for (let sizes = bySize; sizes !== 0; sizes >>= 8) {
    length++;
    report.tally(length, perfect, (sizes & 255) as f64);
  }
}

/** Counts of rows by pattern to supports, and how many are frequent: a byte a size, from 1 on. */
function supportsBySize<T>(): u64 {
  const bytes = (patternCount as usize) * sizeof<T>();
  // Among eight neighbours this is done when they are looked at.
  for (let half: usize = 8 * sizeof<T>(); half < bytes; half <<= 1) {
    for (let begin = counts; begin < counts + bytes; begin += 2 * half) {
      for (let at = begin; at < begin + half; at += 16) {
        v128.store(at, v128.add<T>(v128.load(at), v128.load(at + half)));
      }
    }
  }
  return frequentBySize<T>();
}

function frequentBySize<T>(): u64 {
  const least = v128.splat<T>(job.minSupport as T);
  let bySize: u64 = 0;
  for (let eight: u32 = 0; eight < patternCount / 8; eight++) {
    const at = counts + ((eight as usize) << 3) * sizeof<T>();
    const mask = sizeof<T>() === 2 ? frequentAmong16(at, least) : frequentAmong32(at, least);
    const sizes = load<u32>(sizesOf + ((mask as usize) << 2)) as u64;
    // The empty subset, which is the node itself, falls out.
    bySize += eight === 0 ? sizes >>> 8 : sizes << (8 * (popcnt(eight) - 1));
  }
  return bySize;
}

/** Which of eight neighbours are frequent: a bit each. */
function frequentAmong16(at: usize, least: v128): u32 {
  let some = v128.load(at);
  some = i16x8.add(some, i32x4.shr_u(some, 16));
  some = i16x8.add(some, i64x2.shr_u(some, 32));
  some = i16x8.add(some, v128.shuffle<u64>(some, i64x2.splat(0), 1, 2));
  return i16x8.bitmask(i16x8.ge_u(some, least)) as u32;
}

function frequentAmong32(at: usize, least: v128): u32 {
  let low = v128.load(at);
  let high = v128.load(at, 16);
  low = i32x4.add(low, high);
  low = i32x4.add(low, i64x2.shr_u(low, 32));
  low = i32x4.add(low, v128.shuffle<u64>(low, i64x2.splat(0), 1, 2));
  high = i32x4.add(high, i64x2.shr_u(high, 32));
  high = i32x4.add(high, v128.shuffle<u64>(high, i64x2.splat(0), 1, 2));
  const both = i16x8.narrow_i32x4_s(i32x4.ge_u(low, least), i32x4.ge_u(high, least));
  return i16x8.bitmask(both) as u32;
}
