import type { Tokens } from './tokens.ts';

/** Numbers below this are their own codes: their table has 16 MiB at most. */
export const firstLargeCode = 1 << 22;

/**
 * How often each number occurs. A number has a code: itself when it is small; large ones are coded
 * in the order in which they come, from `firstLargeCode` on.
 */
export interface NumberCounts {
  /** By number, up to the largest small one; the kernels' table, in memory that threads share. */
  small: Uint32Array;
  /** Large numbers and their counts, by code; the first `largeLength` are filled. */
  large: Uint32Array;
  largeCounts: Uint32Array;
  largeLength: number;
  /** Open addressing: codes of large numbers, 0 where none is. A power of 2 in length. */
  slots: Uint32Array;
}

/** Counts of nothing. */
export function emptyNumberCounts(): NumberCounts {
  return {
    small: new Uint32Array(0),
    large: new Uint32Array(512),
    largeCounts: new Uint32Array(512),
    largeLength: 0,
    slots: new Uint32Array(1024),
  };
}

/** Counts the first numbers of the last run and writes their codes to `codes`, from `at` on. */
export function countNumbers(
  counts: NumberCounts,
  tokens: Tokens,
  length: number,
  codes: Uint32Array,
  at: number,
): void {
  const { numbers } = tokens;
  codes.set(numbers.subarray(0, length), at);
  const smallEnd = tokens.endOf(length, firstLargeCode);
  if (smallEnd > counts.small.length) counts.small = tokens.table(smallEnd);
  if (tokens.tally(length, firstLargeCode) === 0) return;
  for (let i = 0; i < length; i++) {
    if (numbers[i] < firstLargeCode) continue;
    const code = largeCode(counts, numbers[i]);
    counts.largeCounts[code - firstLargeCode]++;
    codes[at + i] = code;
  }
}

function largeCode(counts: NumberCounts, number: number): number {
  const { slots, large } = counts;
  const mask = slots.length - 1;
  let slot = slotOf(number, mask);
  for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
    if (large[slots[slot] - firstLargeCode] === number) return slots[slot];
  }
  if (counts.largeLength === large.length) {
    grow(counts);
    return largeCode(counts, number);
  }
  const code = firstLargeCode + counts.largeLength++;
  large[code - firstLargeCode] = number;
  slots[slot] = code;
  return code;
}

/** Knuth's multiplicative hashing; its upper bits are the good ones. */
function slotOf(number: number, mask: number): number {
  return (Math.imul(number, 0x9e3779b1) >>> 7) & mask;
}

/** Twice the room; half of the slots stay free. */
function grow(counts: NumberCounts): void {
  const large = new Uint32Array(counts.large.length * 2);
  const largeCounts = new Uint32Array(large.length);
  const slots = new Uint32Array(large.length * 2);
  large.set(counts.large);
  largeCounts.set(counts.largeCounts);
  const mask = slots.length - 1;
  for (let i = 0; i < counts.largeLength; i++) {
    let slot = slotOf(large[i], mask);
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = firstLargeCode + i;
  }
  Object.assign(counts, { large, largeCounts, slots });
}
