/** Numbers below this are their own codes: their table has 16 MiB at most. */
export const firstLargeCode = 1 << 22;

/**
 * How often each number occurs. A number has a code: itself when it is small; large ones are coded
 * in the order in which they come, from `firstLargeCode` on.
 */
export interface NumberCounts {
  small: Uint32Array;
  /** Beyond the largest small number. */
  smallEnd: number;
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
    small: smallTable(1 << 12),
    smallEnd: 0,
    large: new Uint32Array(512),
    largeCounts: new Uint32Array(512),
    largeLength: 0,
    slots: new Uint32Array(1024),
  };
}

/** In memory that threads share: who adds the counts up reads them without a copy. */
function smallTable(length: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(4 * length));
}

/** Counts numbers and writes their codes to `codes`, from position `at` on. */
export function countNumbers(
  counts: NumberCounts,
  numbers: Uint32Array,
  length: number,
  codes: Uint32Array,
  at: number,
): void {
  codes.set(numbers.subarray(0, length), at);
  counts.smallEnd = Math.max(counts.smallEnd, smallEndOf(numbers, length));
  if (counts.smallEnd > counts.small.length) {
    const larger = smallTable(2 ** Math.ceil(Math.log2(counts.smallEnd)));
    larger.set(counts.small);
    counts.small = larger;
  }
  for (let i = countSmall(counts.small, numbers, 0, length); i < length; ) {
    const code = largeCode(counts, numbers[i]);
    counts.largeCounts[code - firstLargeCode]++;
    codes[at + i] = code;
    i = countSmall(counts.small, numbers, i + 1, length);
  }
}

/** Counts up to the first large number: a loop with nothing else in it, so that misses overlap. */
function countSmall(small: Uint32Array, numbers: Uint32Array, from: number, to: number): number {
  let i = from;
  for (; i < to && numbers[i] < firstLargeCode; i++) small[numbers[i]]++;
  return i;
}

function smallEndOf(numbers: Uint32Array, length: number): number {
  let end = 0;
  for (let i = 0; i < length; i++) {
    if (numbers[i] >= end && numbers[i] < firstLargeCode) end = numbers[i] + 1;
  }
  return end;
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
