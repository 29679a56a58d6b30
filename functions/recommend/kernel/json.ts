/** Writes JSON as bytes, one piece behind the other, as `JSON.stringify` does. */

/** Bytes that all texts and numbers between two names take at most, and what `copy` takes more. */
const mostBetween = 512;

let at: usize = 0;
let limit: usize = 0;
let isFull = false;

/** From here on, up to a limit. */
export function begin(from: usize, to: usize): void {
  at = from;
  limit = to;
  isFull = false;
}

/** Bytes from there on; 0 when there was no room for all. */
export function writtenFrom(from: usize): u32 {
  return isFull ? 0 : <u32>(at - from);
}

/** Whether what stands between two names has room; if not, nothing counts that is written. */
export function hasRoom(): bool {
  if (at + mostBetween > limit) isFull = true;
  return !isFull;
}

export const quote: u8 = 0x22;
export const comma: u8 = 0x2c;
const dot: u8 = 0x2e;
const zero: u8 = 0x30;
export const backslash: u8 = 0x5c;
export const bracket: u8 = 0x5d;
const letterU: u8 = 0x75;

export function byte(value: u8): void {
  store<u8>(at++, value);
}

/** Writes a text that stands in JSON as it is: there may be up to seven bytes more behind it. */
export function copy(from: usize, length: usize): void {
  // What is written too much, the next text is written over.
  for (let i: usize = 0; i < length; i += 8) store<u64>(at + i, load<u64>(from + i));
  at += length;
}

/** The same for a text of any length. */
export function copyWithRoom(from: usize, length: usize): void {
  if (isFull || at + length + mostBetween > limit) isFull = true;
  else copy(from, length);
}

/** A name as JSON has it: eight bytes at a time, where none of them is written in another way. */
export function name(from: usize, end: usize): void {
  if (isFull || at + 6 * (end - from) + mostBetween > limit) {
    isFull = true;
    return;
  }
  byte(quote);
  for (; from + 8 <= end; from += 8) {
    const eight = load<u64>(from);
    if (isPlain(eight)) {
      store<u64>(at, eight);
      at += 8;
    } else writeEscaped(from, from + 8);
  }
  const kept = <u32>(end - from);
  // Blanks take the place of what follows.
  const mask: u64 = ((<u64>1) << (kept << 3)) - 1;
  const rest = (load<u64>(from) & mask) | (blanks & ~mask);
  if (isPlain(rest)) {
    store<u64>(at, rest);
    at += kept;
  } else writeEscaped(from, end);
  byte(quote);
}

const ones: u64 = u64.MAX_VALUE / 255;
const blanks: u64 = ones * 0x20;
const quotes: u64 = ones * 0x22;
const backslashes: u64 = ones * 0x5c;
const highBits: u64 = ones * 0x80;

/** Whether none of eight bytes is below a blank, a quote or a backslash: Warren, "Hacker's Delight", 6-1. */
function isPlain(eight: u64): bool {
  const quoted = eight ^ quotes;
  const slashed = eight ^ backslashes;
  const below = (eight - blanks) & ~eight;
  return ((below | ((quoted - ones) & ~quoted) | ((slashed - ones) & ~slashed)) & highBits) === 0;
}

function writeEscaped(from: usize, end: usize): void {
  for (; from < end; from++) {
    const value = load<u8>(from);
    if (value >= 0x20 && value !== quote && value !== backslash) byte(value);
    else {
      byte(backslash);
      const short = shortOf(value);
      if (short !== 0) byte(short);
      else {
        byte(letterU);
        byte(zero);
        byte(zero);
        byte(zero + (value >> 4));
        byte(hexadecimal(value & 15));
      }
    }
  }
}

/** What stands behind the backslash, where it is one sign. */
function shortOf(value: u8): u8 {
  if (value === quote || value === backslash) return value;
  if (value === 8) return 0x62;
  if (value === 9) return 0x74;
  if (value === 10) return 0x6e;
  if (value === 12) return 0x66;
  if (value === 13) return 0x72;
  return 0;
}

function hexadecimal(digit: u8): u8 {
  return digit < 10 ? zero + digit : 0x57 + digit;
}

export function count(value: u64): void {
  let digits: usize = 1;
  for (let power: u64 = 10; power <= value; power *= 10) digits++;
  let rest = value;
  for (let i = digits; i > 0; ) {
    i--;
    const left = rest / 10;
    store<u8>(at + i, zero + <u8>(rest - 10 * left));
    rest = left;
  }
  at += digits;
}

/** A number from 0 on, rounded to four decimals as `rounded` in ../recommend.ts does. */
export function decimal(value: f64): void {
  const exact = value * 10000;
  const below = Math.floor(exact);
  const scaled = <u64>(exact - below >= 0.5 ? below + 1 : below);
  const whole = scaled / 10000;
  count(whole);
  const fraction = <u32>(scaled - 10000 * whole);
  if (fraction === 0) return;
  byte(dot);
  // Four digits at once, of which those behind the last that is not 0 are written over.
  const high = fraction / 100;
  const low = fraction - 100 * high;
  const digits = (high / 10) | ((high % 10) << 8) | (((low / 10) | ((low % 10) << 8)) << 16);
  store<u32>(at, digits + 0x30303030);
  at += 4 - (<usize>clz<u32>(digits) >> 3);
}
