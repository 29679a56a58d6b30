/**
 * Numbers out of text, eight bytes at a time; how often each occurs; and rows put in order.
 * AssemblyScript: `make kernels` compiles it to ../tokens.wasm.ts. Its plain twins are the regular
 * expression of ../../datRows.ts and `rankPlainly` of ../rank.ts.
 *
 * The eight digits of a 64-bit word become a number by three multiplications (D. Lemire: Quickly
 * parsing eight digits, https://lemire.me/blog/2018/10/03/quickly-parsing-eight-digits/).
 */

// biome-ignore-start lint/correctness/noPrecisionLoss: a u64 holds them exactly.
/** '0' in each byte, what takes the bytes from ten on to 128 and more, and the highest bits. */
const zeros: u64 = 0x3030303030303030;
const carries: u64 = 0x7676767676767676;
const highest: u64 = 0x8080808080808080;
// biome-ignore-end lint/correctness/noPrecisionLoss: a u64 holds them exactly.

/** Bytes of text that fit in; eight more are read, whatever they hold. */
export const textBytes: u32 = (1 << 20) + (1 << 16);
/** Where the text is, and where the results are put: at most one number for two bytes. */
export const text: usize = 1024;
export const numbers: usize = text + textBytes + 64;
export const rowEnds: usize = numbers + textBytes * 2;
export const rowLines: usize = rowEnds + textBytes * 2;

/** Pairs of row and rank. */
const scratch: usize = rowLines + textBytes * 2;
const histograms: usize = scratch + textBytes * 2;
/** From here on: how often each number occurs, later the rank of each. Grows as it is needed. */
export const table: usize = histograms + 3 * 4 * 2048;

/** Numbers found since `begin`, in this run and in those before it. */
export let count: u32 = 0;
/** Rows that ended in the last run, and lines since `begin`. */
export let rows: u32 = 0;
export let lines: u32 = 0;
/** The count at which the row began that is read. */
let rowBegin: u32 = 0;

/** Begins a text anew. */
export function begin(): void {
  count = 0;
  lines = 0;
  rowBegin = 0;
}

/**
 * Reads text until `to`, a position right behind a blank or line end. The numbers of the run stand
 * in `numbers`; of each row that ended and was not empty, the count at its end stands in `rowEnds`
 * and its line, from 0, in `rowLines`.
 * @returns `to`, or the position of something that is no number from 0 to 2^32 - 1.
 */
export function run(from: usize, to: usize): usize {
  const first = count;
  let at = from;
  let out = numbers;
  rows = 0;
  while (at < to) {
    const word = load<u64>(at) ^ zeros;
    // The highest bit of each byte that is no digit; right up to the first of them.
    const others = ((word + carries) | word) & highest;
    const bits = ctz(others);
    let end = at + <usize>(bits >> 3);
    let value: u64;
    if (others === 0) {
      value = 0;
      end = at;
      for (let digit = <u64>load<u8>(end) - 48; digit < 10; digit = <u64>load<u8>(++end) - 48) {
        value = min<u64>(value * 10 + digit, 0x100000000);
      }
      if (value > 0xffffffff) break;
    } else {
      // The digits go to the end of the word; zeros come in before them.
      value = word << (64 - (bits & 56));
      value = value * 10 + (value >> 8);
      value =
        ((value & 0x000000ff000000ff) * 0x000f424000000064 +
          ((value >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >>
        32;
    }
    const separator = <u32>load<u8>(end);
    if (separator !== 32 && separator !== 10 && separator !== 13 && separator !== 9) break;
    if (end !== at) {
      store<u32>(out, <u32>value);
      out += 4;
    }
    at = end + 1;
    if (separator === 10) {
      count = first + (<u32>(out - numbers) >> 2);
      if (count !== rowBegin) {
        store<u32>(rowEnds + rows * 4, count);
        store<u32>(rowLines + rows * 4, lines);
        rows++;
        rowBegin = count;
      }
      lines++;
    }
  }
  count = first + (<u32>(out - numbers) >> 2);
  return at;
}

/** One more than the highest of the first numbers that is below a bound. */
export function endOf(length: u32, bound: u32): u32 {
  let highestOf = i32x4.splat(-1);
  const bounds = i32x4.splat(bound);
  const whole = numbers + ((<usize>(length >> 2)) << 4);
  let at = numbers;
  for (; at < whole; at += 16) {
    const four = v128.load(at);
    highestOf = i32x4.max_s(highestOf, v128.or(four, i32x4.ge_u(four, bounds)));
  }
  let end: u32 =
    max(
      max(i32x4.extract_lane(highestOf, 0), i32x4.extract_lane(highestOf, 1)),
      max(i32x4.extract_lane(highestOf, 2), i32x4.extract_lane(highestOf, 3)),
    ) + 1;
  for (; at < numbers + ((<usize>length) << 2); at += 4) {
    const number = load<u32>(at);
    if (number < bound) end = max(end, number + 1);
  }
  return end;
}

/**
 * Counts the first numbers in `table`, but for those from a bound on.
 * @returns How many are left out.
 */
export function tally(length: u32, bound: u32): u32 {
  let large: u32 = 0;
  for (let at = numbers; at < numbers + ((<usize>length) << 2); at += 4) {
    const number = load<u32>(at);
    if (number < bound) addTo(table + ((<usize>number) << 2));
    else large++;
  }
  return large;
}

/** Items that `sortRows` takes at once: few enough to stay in the cache. */
export const mostSorted: u32 = 1 << 14;

/** Bits of a digit, by which pairs are parted: as many parts as can be written to at once. */
const digitBits: u32 = 11;
const digits: u32 = 1 << digitBits;

/** What was in a row already: ranks in `text`, so many. */
export let repeats: u32 = 0;

/**
 * Replaces the codes in `numbers`, in rows that end at `rowEnds`, by their ranks in `table`; sorts
 * each row and takes out what it has twice.
 *
 * All rows at once, and no branch depends on what is there: pairs of row and rank are brought in the
 * order of ranks by digits (radix sort, the lowest first), and dealt out to their rows in that order.
 *
 * @param rowCount Rows; `mostSorted` items in all of them at most.
 * @param firstLarge Codes from here on stand in the table from `smallEnd` on.
 * @param rankBits Bits of the highest rank.
 * @returns Items that are left.
 */
export function sortRows(rowCount: u32, firstLarge: u32, smallEnd: u32, rankBits: u32): u32 {
  const length = load<u32>(rowEnds + ((<usize>(rowCount - 1)) << 2));
  lookUp(length, firstLarge, smallEnd);
  memory.fill(histograms, 0, (3 * digits) << 2);
  let from = rowLines;
  let to = scratch;
  let histogram = histograms;
  const bytes = (<usize>length) << 3;
  let end: u32 = 0;
  for (let row: u32 = 0, i: u32 = 0; row < rowCount; row++) {
    store<u32>(text + ((<usize>row) << 2), end);
    end = load<u32>(rowEnds + ((<usize>row) << 2));
    const high = (<u64>row) << 32;
    for (; i < end; i++) {
      const rank = load<u32>(numbers + ((<usize>i) << 2));
      store<u64>(from + ((<usize>i) << 3), high | <u64>rank);
      addTo(histogram + ((<usize>(rank & (digits - 1))) << 2));
      addTo(histogram + ((<usize>(digits + ((rank >> digitBits) & (digits - 1)))) << 2));
      addTo(histogram + ((<usize>(2 * digits + (rank >> (2 * digitBits)))) << 2));
    }
  }
  for (let low: u32 = 0; low < rankBits; low += digitBits) {
    addUp(histogram);
    for (let at = from; at < from + bytes; at += 8) {
      const pair = load<u64>(at);
      put(to, histogram + ((<usize>((<u32>pair >> low) & (digits - 1))) << 2), pair);
    }
    const other = from;
    from = to;
    to = other;
    histogram += digits << 2;
  }
  for (let at = from; at < from + bytes; at += 8) {
    const next = text + ((<usize>load<u32>(at + 4)) << 2);
    store<u32>(numbers + ((<usize>load<u32>(next)) << 2), load<u32>(at));
    addTo(next);
  }
  return withoutRepeats(rowCount);
}

/** A loop with nothing else in it, so that cache misses overlap. */
function lookUp(length: u32, firstLarge: u32, smallEnd: u32): void {
  for (let at = numbers; at < numbers + ((<usize>length) << 2); at += 4) {
    const code = load<u32>(at);
    const place = code < firstLarge ? code : code - firstLarge + smallEnd;
    store<u32>(at, load<u32>(table + ((<usize>place) << 2)));
  }
}

function addTo(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 1);
}

/** How many there are of each digit to where its first one goes. */
function addUp(histogram: usize): void {
  let sum: u32 = 0;
  for (let at = histogram; at < histogram + (digits << 2); at += 4) {
    const some = load<u32>(at);
    store<u32>(at, sum);
    sum += some;
  }
}

/** Writes a pair to where the next one of its digit goes. */
function put(to: usize, next: usize, pair: u64): void {
  const place = load<u32>(next);
  store<u32>(next, place + 1);
  store<u64>(to + ((<usize>place) << 3), pair);
}

function withoutRepeats(rowCount: u32): u32 {
  repeats = 0;
  let kept = numbers;
  let at = numbers;
  for (let row: u32 = 0; row < rowCount; row++) {
    const end = numbers + ((<usize>load<u32>(rowEnds + ((<usize>row) << 2))) << 2);
    let last: u32 = 0xffffffff;
    for (; at < end; at += 4) {
      const rank = load<u32>(at);
      store<u32>(kept, rank);
      // Written all the same: a branch less.
      store<u32>(text + ((<usize>repeats) << 2), rank);
      const isRepeat = rank === last;
      repeats += <u32>isRepeat;
      kept += (<usize>!isRepeat) << 2;
      last = rank;
    }
    store<u32>(rowEnds + ((<usize>row) << 2), <u32>((kept - numbers) >> 2));
  }
  return <u32>((kept - numbers) >> 2);
}
