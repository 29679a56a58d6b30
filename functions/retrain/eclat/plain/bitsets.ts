/**
 * Bitsets lie in one array of 32-bit words, each from a position on; these are the only loops that
 * dense data spends its time in.
 */

/**
 * Writes the intersection of two bitsets and counts it.
 * @param a @param b @param to Positions of first words.
 * @param words Length of each.
 * @returns bits set in both.
 */
export function intersect(
  bits: Int32Array,
  a: number,
  b: number,
  to: number,
  words: number,
): number {
  let count = 0;
  for (let i = 0; i < words; i++) {
    const both = bits[a + i] & bits[b + i];
    bits[to + i] = both;
    count += bitCount(both);
  }
  return count;
}

/** Counts the intersection of two bitsets, as `intersect` does, and writes nothing. */
export function countIntersection(bits: Int32Array, a: number, b: number, words: number): number {
  let count = 0;
  for (let i = 0; i < words; i++) count += bitCount(bits[a + i] & bits[b + i]);
  return count;
}

/** Bits set in a word, added up side by side (SWAR): in pairs, in fours, in bytes, in all. */
function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
