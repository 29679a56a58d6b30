/**
 * Numbers out of text, eight bytes at a time. AssemblyScript: `make kernels` compiles it to
 * ../tokens.wasm.ts. Its plain twin is the regular expression of ../rows.ts.
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
