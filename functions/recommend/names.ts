import { DictionaryReader } from '../../shared/dictionary.ts';
import { bitsIn, forgiven, lookUpsOf, oddLetters } from '../../shared/segments.ts';
import type { NameIndex, Postings } from '../../shared/snapshot.ts';
import { edits } from './edits.ts';

/** A name that is spelled almost like a text. */
export interface Similar {
  /** Number of the name in its index. */
  name: number;
  edits: number;
}

/** Words of an index that begin alike: from the first number up to the second. */
export interface Words {
  first: number;
  end: number;
  /** How many bytes say which names have them. */
  bytes: number;
}

/** Set in the marks of names that are watched; marks by words are below it. */
const watched = 0x100;

/** Lengths of names are kept up to this one, which stands for longer ones, too. */
const longestLength = 255;

/**
 * Finds names of one index by their words and by something alike. Nothing is allocated for each
 * name looked at; which names are watched is the finder's own, until it is told to forget them.
 */
export class NameFinder {
  readonly names: DictionaryReader;
  readonly #index: NameIndex;
  readonly #words: DictionaryReader;
  readonly #buckets: number;
  /** Of each name its marks; 0 for all that are not watched. */
  readonly #marks: Uint16Array;
  readonly #watched: Uint32Array;
  #watchedCount = 0;
  /** Names of one list. */
  readonly #list: Uint32Array;

  constructor(index: NameIndex) {
    this.names = new DictionaryReader(index);
    this.#index = index;
    this.#words = new DictionaryReader(index.words);
    this.#buckets = index.withSegment.offsets.length - 1;
    this.#marks = new Uint16Array(this.names.count);
    this.#watched = new Uint32Array(this.names.count);
    this.#list = new Uint32Array(this.names.count);
  }

  /** The words that begin so. */
  wordsWith(beginning: string): Words {
    const { offsets } = this.#index.withWord;
    const [first, end] = this.#words.range(beginning);
    return { first, end, bytes: offsets[end] - offsets[first] };
  }

  /** Watches a name. */
  watch(name: number): void {
    if (this.#marks[name] !== 0) return;
    this.#marks[name] = watched;
    this.#watched[this.#watchedCount++] = name;
  }

  /**
   * Watches the names that have one of some words.
   * @returns All that are watched.
   */
  watchWith({ first, end }: Words): Uint32Array {
    for (let word = first; word < end; word++) {
      const count = this.#read(this.#index.withWord, word);
      for (let at = 0; at < count; at++) this.watch(this.#list[at]);
    }
    return this.watched;
  }

  /** Marks those of the watched names that have one of some words, with some of eight bits. */
  mark({ first, end }: Words, mark: number): void {
    const marks = this.#marks;
    const list = this.#list;
    for (let word = first; word < end; word++) {
      const count = this.#read(this.#index.withWord, word);
      for (let at = 0; at < count; at++) {
        const before = marks[list[at]];
        if (before !== 0) marks[list[at]] = before | mark;
      }
    }
  }

  /** Marks a name that is watched. */
  markName(name: number, mark: number): void {
    this.#marks[name] |= mark;
  }

  /** The names that are watched, in the order in which they came. */
  get watched(): Uint32Array {
    return this.#watched.subarray(0, this.#watchedCount);
  }

  /** The marks of a name; none where it is not watched. */
  marksOf(name: number): number {
    return this.#marks[name] & (watched - 1);
  }

  /** Watches no name any more. */
  unwatch(): void {
    const names = this.#watched;
    const count = this.#watchedCount;
    for (let at = 0; at < count; at++) this.#marks[names[at]] = 0;
    this.#watchedCount = 0;
  }

  /**
   * Names within as many edits of a text as are forgiven in it, itself among them, by edits and
   * then by number.
   */
  similar(text: string): Similar[] {
    const most = forgiven(text.length);
    const found: Similar[] = [];
    let before = -1;
    for (const name of this.#likely(text, 2 * most).sort((a, b) => a - b)) {
      if (name === before) continue;
      before = name;
      const distance = edits(text, this.names.nameAt(name), most);
      if (distance <= most) found.push({ name, edits: distance });
    }
    return found.sort((a, b) => a.edits - b.edits || a.name - b.name);
  }

  /** All names that are so near, and some others; perhaps more than once. */
  #likely(text: string, mostBits: number): number[] {
    const { lengths, oddLetters: odd, withSegment } = this.#index;
    const list = this.#list;
    const textOdd = oddLetters(text);
    const likely: number[] = [];
    for (const { bucket, length } of lookUpsOf(text, this.#buckets)) {
      const kept = Math.min(length, longestLength);
      const count = this.#read(withSegment, bucket);
      for (let at = 0; at < count; at++) {
        const name = list[at];
        if (lengths[name] !== kept || bitsIn(odd[name] ^ textOdd) > mostBits) continue;
        likely.push(name);
      }
    }
    return likely;
  }

  /** Puts the names of a list into `#list`; gives their number. Damaged bytes give no others. */
  #read({ offsets, names }: Postings, key: number): number {
    const list = this.#list;
    const end = offsets[key + 1];
    let count = 0;
    let name = -1;
    for (let at = offsets[key]; at < end; at++) {
      let byte = names[at];
      name += 1 + (byte & 127);
      for (let shift = 7; byte >= 128 && shift < 35; shift += 7) {
        byte = names[++at];
        name += (byte & 127) << shift;
      }
      list[count++] = name;
    }
    return Math.min(count, list.length);
  }
}
