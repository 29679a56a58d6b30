import type { Numbers } from './packing.ts';
import type { Names } from './snapshot.ts';
import { inOrder, type Steps, stepsOf } from './steps.ts';

/**
 * A sorted list of different names, front-coded: each name says how many bytes it shares with the
 * one before it and holds the rest, and every sixteenth is whole, so that a name is found by binary
 * search and its neighbours begin alike (Witten, Moffat and Bell, "Managing Gigabytes", 4.1).
 * Real titles take half of their bytes.
 */
export interface Dictionary {
  /** Names in the order of their UTF-8 bytes: two varints (shared, rest), then the rest's bytes. */
  bytes: Uint8Array;
  /** Where each block of `blockSize` names begins. */
  blocks: Numbers;
  /** Length of each name in UTF-16 code units; 255 for longer ones, too. */
  lengths: Uint8Array;
}

const blockSize = 16;
/** Longest name in bytes that a reader follows; no data set's name is longer than 512 characters. */
const longestName = 4096;

/** How many blocks so many names make. */
export function blocksFor(names: number): number {
  return Math.ceil(names / blockSize);
}

/** Names of which something is written or copied at once. */
const namesAStep = 8192;

/**
 * Names in the order of their UTF-8 bytes, each once: the same order on every machine and in every
 * language.
 * @returns Also the place there of each name that was given.
 */
export function* sortNames({
  bytes,
  offsets,
}: Names): Steps<{ sorted: Names; numbers: Uint32Array }> {
  const count = offsets.length - 1;
  const compare = (a: number, b: number) => {
    const shorter = Math.min(offsets[a + 1] - offsets[a], offsets[b + 1] - offsets[b]);
    for (let i = 0, atA = offsets[a], atB = offsets[b]; i < shorter; i++) {
      const difference = bytes[atA + i] - bytes[atB + i];
      if (difference !== 0) return difference;
    }
    return offsets[a + 1] - offsets[a] - (offsets[b + 1] - offsets[b]);
  };
  const order = yield* inOrder(count, compare);
  const sortedBytes = new Uint8Array(bytes.length);
  const sortedOffsets = new Uint32Array(count + 1);
  const numbers = new Uint32Array(count);
  let distinct = 0;
  yield* stepsOf(count, namesAStep, (from, to) => {
    for (let i = from; i < to; i++) {
      const name = order[i];
      if (i === 0 || compare(order[i - 1], name) !== 0) {
        const at = sortedOffsets[distinct++];
        sortedBytes.set(bytes.subarray(offsets[name], offsets[name + 1]), at);
        sortedOffsets[distinct] = at + offsets[name + 1] - offsets[name];
      }
      numbers[name] = distinct - 1;
    }
  });
  return {
    sorted: {
      bytes: sortedBytes.slice(0, sortedOffsets[distinct]),
      offsets: sortedOffsets.slice(0, distinct + 1),
    },
    numbers,
  };
}

/** Names that are sorted, each once, as a dictionary. Numbers of names are their places. */
export function* packDictionary({ bytes: names, offsets }: Names): Steps<Dictionary> {
  const count = offsets.length - 1;
  const blocks = new Uint32Array(blocksFor(count));
  const lengths = new Uint8Array(count);
  const out = new Uint8Array(names.length + 2 * longestVarint * count);
  let length = 0;
  yield* stepsOf(count, namesAStep, (from, to) => {
    for (let i = from; i < to; i++) {
      const isHead = i % blockSize === 0;
      if (isHead) blocks[i / blockSize] = length;
      const start = offsets[i];
      const end = offsets[i + 1];
      const shared = isHead ? 0 : sharedBytes(names, offsets[i - 1], start, end);
      length = writeVarint(out, length, shared);
      length = writeVarint(out, length, end - start - shared);
      out.set(names.subarray(start + shared, end), length);
      length += end - start - shared;
      lengths[i] = Math.min(255, codeUnits(names, start, end));
    }
  });
  return { bytes: out.slice(0, length), blocks, lengths };
}

/** Bytes that a varint of 32 bits can take. */
const longestVarint = 5;

/**
 * Writes a number in groups of seven bits, the lowest first, the eighth bit set in all but the last.
 * @returns The position behind it.
 */
export function writeVarint(out: Uint8Array, at: number, value: number): number {
  let end = at;
  let rest = value;
  for (; rest >= 128; rest >>>= 7) out[end++] = (rest & 127) | 128;
  out[end++] = rest;
  return end;
}

/** Bytes that `writeVarint` takes. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest >>>= 7) bytes++;
  return bytes;
}

/** How many bytes a name begins with that the one before it has, too. */
function sharedBytes(names: Uint8Array, before: number, start: number, end: number): number {
  const most = Math.min(start - before, end - start);
  let shared = 0;
  while (shared < most && names[before + shared] === names[start + shared]) shared++;
  return shared;
}

/** UTF-16 code units of UTF-8: four bytes make two of them. */
function codeUnits(bytes: Uint8Array, start: number, end: number): number {
  let units = 0;
  for (let at = start; at < end; at++) {
    if ((bytes[at] & 0xc0) !== 0x80) units += bytes[at] >= 0xf0 ? 2 : 1;
  }
  return units;
}

/** Reads a dictionary; going forward within a block is cheap. Damaged bytes give wrong names only. */
export class DictionaryReader {
  readonly count: number;
  readonly #dictionary: Dictionary;
  readonly #name = Buffer.alloc(longestName);
  #length = 0;
  /** A name that is looked for. */
  #sought = Buffer.alloc(256);
  #soughtLength = 0;
  /** The name that `#name` holds, and where the next one begins. */
  #at = -1;
  #next = 0;
  /** What `#compared` found last. */
  #agreed = 0;
  #isEqual = false;

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
    this.count = dictionary.lengths.length;
  }

  /** The name of a number. */
  nameAt(i: number): string {
    this.#seek(i);
    return this.#name.toString('utf8', 0, this.#length);
  }

  /** The number of a name, or -1. */
  find(name: string): number {
    this.#seekFor(name);
    const first = this.#firstFrom();
    return this.#isEqual ? first : -1;
  }

  /** Names that begin with some text: from the first number up to the second. */
  range(beginning: string): [number, number] {
    this.#seekFor(beginning);
    const first = this.#firstFrom();
    // No byte of UTF-8 is 255.
    this.#sought[this.#soughtLength++] = 255;
    return [first, this.#firstFrom()];
  }

  /** Looks for a name from now on: its bytes, with room for one more. */
  #seekFor(name: string): void {
    const most = 3 * name.length + 1;
    if (this.#sought.length < most) this.#sought = Buffer.alloc(most);
    const sought = this.#sought;
    for (let i = 0; i < name.length; i++) {
      const unit = name.charCodeAt(i);
      if (unit < 128) {
        sought[i] = unit;
        continue;
      }
      this.#soughtLength = sought.write(name);
      return;
    }
    this.#soughtLength = name.length;
  }

  /** The first number whose name is not below the one looked for; `#isEqual` says whether it is that. */
  #firstFrom(): number {
    const { blocks } = this.#dictionary;
    // Whoever reads names next begins at a block.
    this.#at = -1;
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      this.#next = blocks[middle];
      if (this.#compared(0) < 0) low = middle + 1;
      else high = middle;
      if (this.#isEqual) return middle * blockSize;
    }
    if (low === 0) return 0;
    const end = Math.min(low * blockSize, this.count);
    this.#next = blocks[low - 1];
    let agreed = 0;
    for (let first = (low - 1) * blockSize; first < end; first++) {
      if (this.#compared(agreed) >= 0) return first;
      agreed = this.#agreed;
    }
    return end;
  }

  /**
   * Compares the name at `#next` with the one looked for, without its bytes being put together:
   * what it shares with the one before it, which is below the one looked for, says where they part.
   * @param agreed Bytes of the name before it that agree with the other one's.
   * @returns Below 0 for a name below the other one. `#agreed` then says for how many bytes they
   * agree, and `#isEqual` whether that is all of both.
   */
  #compared(agreed: number): number {
    const { bytes } = this.#dictionary;
    const sought = this.#sought;
    const length = this.#soughtLength;
    const shared = this.#varint();
    const end = this.#varint() + this.#next;
    let at = this.#next + agreed - shared;
    this.#next = end;
    this.#agreed = agreed;
    this.#isEqual = false;
    if (shared !== agreed) return agreed - shared;
    let same = agreed;
    while (same < length && at < end && bytes[at] === sought[same]) {
      same++;
      at++;
    }
    this.#agreed = same;
    const isEnd = at >= end;
    if (same === length) {
      this.#isEqual = isEnd;
      return isEnd ? 0 : 1;
    }
    return isEnd ? -1 : bytes[at] - sought[same];
  }

  #seek(i: number): void {
    const block = Math.floor(i / blockSize);
    if (this.#at > i || this.#at < block * blockSize) {
      this.#at = block * blockSize - 1;
      this.#next = this.#dictionary.blocks[block];
    }
    while (this.#at < i) this.#step();
  }

  #step(): void {
    const { bytes } = this.#dictionary;
    const shared = Math.min(this.#varint(), longestName);
    const end = Math.min(shared + this.#varint(), longestName);
    for (let at = shared; at < end; at++) this.#name[at] = bytes[this.#next++];
    this.#length = end;
    this.#at++;
  }

  #varint(): number {
    const { bytes } = this.#dictionary;
    let value = bytes[this.#next++];
    if (value < 128) return value;
    value &= 127;
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = bytes[this.#next++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    return value;
  }
}
