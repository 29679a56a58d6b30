import type { Numbers } from './packing.ts';

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

/** Names, each given once, as a dictionary. Numbers of names are places in their order. */
export function packDictionary(names: readonly string[]): Dictionary {
  const sorted = names.map((name) => Buffer.from(name)).sort(Buffer.compare);
  const blocks = new Uint32Array(blocksFor(sorted.length));
  const lengths = new Uint8Array(sorted.length);
  const out: number[] = [];
  sorted.forEach((name, i) => {
    const isHead = i % blockSize === 0;
    if (isHead) blocks[i / blockSize] = out.length;
    const shared = isHead ? 0 : sharedBytes(sorted[i - 1], name);
    pushVarint(out, shared);
    pushVarint(out, name.length - shared);
    for (let at = shared; at < name.length; at++) out.push(name[at]);
    lengths[i] = Math.min(255, name.toString().length);
  });
  return { bytes: Uint8Array.from(out), blocks, lengths };
}

/** Appends a number in groups of seven bits, the lowest first, the eighth bit set in all but the last. */
export function pushVarint(out: number[], value: number): void {
  let rest = value;
  for (; rest >= 128; rest >>>= 7) out.push((rest & 127) | 128);
  out.push(rest);
}

function sharedBytes(a: Uint8Array, b: Uint8Array): number {
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++;
  return shared;
}

/** Reads a dictionary; going forward within a block is cheap. Damaged bytes give wrong names only. */
export class DictionaryReader {
  readonly count: number;
  readonly #dictionary: Dictionary;
  readonly #name = Buffer.alloc(longestName);
  #length = 0;
  /** The name that `#name` holds, and where the next one begins. */
  #at = -1;
  #next = 0;

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
    const bytes = Buffer.from(name);
    const i = this.#firstFrom(bytes);
    return i < this.count && this.#compare(i, bytes) === 0 ? i : -1;
  }

  /** Names that begin with some text: from the first number up to the second. */
  range(beginning: string): [number, number] {
    const bytes = Buffer.from(beginning);
    // No byte of UTF-8 is 255.
    return [this.#firstFrom(bytes), this.#firstFrom(Buffer.concat([bytes, Buffer.of(255)]))];
  }

  /** The first number whose name is not below these bytes. */
  #firstFrom(bytes: Uint8Array): number {
    let low = 0;
    let high = this.#dictionary.blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(middle * blockSize, bytes) < 0) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return 0;
    const end = Math.min(low * blockSize, this.count);
    for (let i = (low - 1) * blockSize + 1; i < end; i++) {
      if (this.#compare(i, bytes) >= 0) return i;
    }
    return end;
  }

  #compare(i: number, bytes: Uint8Array): number {
    this.#seek(i);
    return this.#name.compare(bytes, 0, bytes.length, 0, this.#length);
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
