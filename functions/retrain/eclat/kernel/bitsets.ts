/**
 * Bitsets, in vectors of 128 bits: the only loops that dense data spends its time in. The twin is
 * ../plain/bitsets.ts.
 */

/** Vectors whose bits can be added up in bytes: 8 bits a byte and vector, 255 at most. */
const vectorsPerByte: usize = 31;

/** Up to so many bytes scalar words are faster: there is nothing to add up at the end. */
const shortBytes: usize = 64;

/** Writes the intersection of two bitsets and counts it. @param bytes A multiple of 16, not 0. */
export function intersect(a: usize, b: usize, to: usize, bytes: usize): u32 {
  if (bytes <= shortBytes) return intersectShort(a, b, to, bytes);
  let sum = i32x4.splat(0);
  let at: usize = 0;
  while (at < bytes) {
    const end = min(bytes, at + vectorsPerByte * 16);
    let counts = i8x16.splat(0);
    do {
      const both = v128.and(v128.load(a + at), v128.load(b + at));
      v128.store(to + at, both);
      counts = i8x16.add(counts, i8x16.popcnt(both));
      at += 16;
    } while (at < end);
    sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(counts)));
  }
  const halves = i64x2.add(sum, i64x2.shr_u(sum, 32));
  return (i64x2.extract_lane(halves, 0) + i64x2.extract_lane(halves, 1)) as u32;
}

function intersectShort(a: usize, b: usize, to: usize, bytes: usize): u32 {
  let count: u64 = 0;
  for (let at: usize = 0; at < bytes; at += 16) {
    const low = load<u64>(a + at) & load<u64>(b + at);
    const high = load<u64>(a + at, 8) & load<u64>(b + at, 8);
    store<u64>(to + at, low);
    store<u64>(to + at, high, 8);
    count += popcnt(low) + popcnt(high);
  }
  return count as u32;
}

/** Counts the intersection, as `intersect` does, and writes nothing: here scalar words are faster. */
export function countIntersection(a: usize, b: usize, bytes: usize): u32 {
  let count: u64 = 0;
  for (let at: usize = 0; at < bytes; at += 16) {
    count +=
      popcnt(load<u64>(a + at) & load<u64>(b + at)) +
      popcnt(load<u64>(a + at, 8) & load<u64>(b + at, 8));
  }
  return count as u32;
}

/** Writes the intersection alone. */
export function writeIntersection(a: usize, b: usize, to: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(to + at, v128.and(v128.load(a + at), v128.load(b + at)));
  }
}
