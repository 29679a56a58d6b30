import * as job from './job';
import { rowOffsets } from './memberRows';
import { allocate, setWord, word } from './memory';

/** The triangle of all pairs of a class's members: the rows that hold both. */

/** A triangle is kept up to so many members: it fits in a cache. */
export const mostPaired: u32 = 2048;

let counts: usize = 0;
let countBytes: usize = 0;
/** Whether counts have 32 bits. */
let deep: bool = false;
let memberCount: u32 = 0;
/** Member to the frequent pairs that it is in. */
let degrees: usize = 0;
/** Whether the open class has a triangle. */
export let isOpen: bool = false;

/** False when there is no memory. */
export function openPairs(): bool {
  countBytes = 0;
  isOpen = false;
  degrees = allocate((job.rankCount as usize) << 2);
  return degrees !== 0;
}

/** Before a class is looked at. */
export function closeTriangle(): void {
  isOpen = false;
}

/** Begins a triangle with nothing counted; false when there is no memory. */
export function openTriangle(members: u32, isDeep: bool): bool {
  memberCount = members;
  deep = isDeep;
  const count = ((members as usize) * ((members as usize) - 1)) >>> 1;
  const bytes = (count + 8) << (deep ? 2 : 1);
  if (bytes > countBytes) {
    countBytes = 2 * bytes;
    counts = allocate(countBytes);
    if (counts === 0) return false;
  }
  memory.fill(counts, 0, bytes);
  isOpen = true;
  return true;
}

/** Counts the pairs in some of the rows; returns the work. */
export function pairRows(from: u32, to: u32): i32 {
  let work: usize;
  if (job.wide) work = deep ? pairRowsOf<u32, u32>(from, to) : pairRowsOf<u32, u16>(from, to);
  else work = deep ? pairRowsOf<u16, u32>(from, to) : pairRowsOf<u16, u16>(from, to);
  return (work as i32) + 64;
}

function pairRowsOf<T, C>(from: u32, to: u32): usize {
  let work: usize = 0;
  for (let row = from; row < to; row++) {
    const rowEnd = word(rowOffsets, row + 1) as usize;
    for (let one = word(rowOffsets, row) as usize; one < rowEnd; one += sizeof<T>()) {
      const base = counts + (beginOf(load<T>(one) as u32) as usize) * sizeof<C>();
      for (let other = one + sizeof<T>(); other < rowEnd; other += sizeof<T>()) {
        const count = base + (load<T>(other) as usize) * sizeof<C>();
        store<C>(count, (load<C>(count) + 1) as C);
      }
      work += rowEnd - one;
    }
  }
  return work / sizeof<T>();
}

/** Where a member's row of the triangle begins, less its number and 1. */
function beginOf(member: u32): u32 {
  return (member * (2 * memberCount - member - 1)) / 2 - member - 1;
}

/** Rows that hold both of two members. */
export function pairSupport(a: u32, b: u32): u32 {
  const index = a < b ? beginOf(a) + b : beginOf(b) + a;
  return deep
    ? load<u32>(counts + ((index as usize) << 2))
    : (load<u16>(counts + ((index as usize) << 1)) as u32);
}

/** Counts the frequent pairs that each member is in, when all rows have been gone through. */
export function countDegrees(): void {
  memory.fill(degrees, 0, (memberCount as usize) << 2);
  if (deep) countDegreesOf<u32>();
  else countDegreesOf<u16>();
}

export function degreeOf(member: u32): u32 {
  return word(degrees, member);
}

function countDegreesOf<C>(): void {
  let count = counts;
  for (let one: u32 = 0; one < memberCount; one++) {
    let found: u32 = 0;
    for (let other = one + 1; other < memberCount; other++) {
      if ((load<C>(count) as u32) >= job.minSupport) {
        found++;
        setWord(degrees, other, word(degrees, other) + 1);
      }
      count += sizeof<C>();
    }
    setWord(degrees, one, word(degrees, one) + found);
  }
}
