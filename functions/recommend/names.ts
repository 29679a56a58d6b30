import { DictionaryReader } from '../../shared/dictionary.ts';
import type { NameIndex } from '../../shared/snapshot.ts';
import { trigramsOf } from '../../shared/trigrams.ts';
import { edits } from './edits.ts';

/** A name that is spelled almost like a text. */
export interface Similar {
  /** Number of the name in its index. */
  name: number;
  edits: number;
}

/** Trigrams that one edit changes at most. */
const changedByEdit = 4;
/** Trigrams more than those that may all be changed that are looked up: each sorts names out. */
const moreTrigrams = 4;

/**
 * How many edits are forgiven in a text of so many different trigrams: none where a single one may
 * leave no trigram as it was, and two from where they leave half of them.
 */
export function forgiven(trigrams: number): number {
  if (trigrams <= changedByEdit) return 0;
  return trigrams < 4 * changedByEdit ? 1 : 2;
}

/**
 * Finds names of one index by their words and by something alike. Nothing is allocated for each
 * name looked at: what a call writes to is the finder's own, and good until its next call.
 */
export class NameFinder {
  readonly names: DictionaryReader;
  readonly #index: NameIndex;
  readonly #buckets: number;
  /** Of each name, the trigrams that it shares with a text, or its marks; 0 between two calls. */
  readonly #bytes: Uint8Array;
  readonly #touched: Uint32Array;
  #touchedCount = 0;
  readonly #found: Uint32Array;

  constructor(index: NameIndex) {
    this.names = new DictionaryReader(index);
    this.#index = index;
    this.#buckets = index.trigramOffsets.length - 1;
    this.#bytes = new Uint8Array(this.names.count);
    this.#touched = new Uint32Array(this.names.count);
    this.#found = new Uint32Array(this.names.count);
  }

  /** How many bytes `withWord` reads at least. */
  cost(word: string): number {
    return Math.min(...trigramsOf(word, this.#buckets, true).map((one) => this.#bytesOf(one)));
  }

  /**
   * Names with every trigram of a word's beginning, ascending: all in which a word begins with it,
   * and some others. They are marked, too, see `isMarked`.
   */
  withWord(word: string): Uint32Array {
    this.#clear();
    const [rarest, ...others] = this.#rarestFirst(trigramsOf(word, this.#buckets, true));
    let count = this.#find(rarest);
    for (const trigram of others) {
      // A list much longer than what is left is not worth reading.
      if (this.#bytesOf(trigram) > 16 * count + 64) break;
      count = this.#keep(trigram, count);
    }
    const marks = this.#bytes;
    const found = this.#found;
    for (let at = 0; at < count; at++) marks[found[at]] = 1;
    this.#touched.set(found.subarray(0, count));
    this.#touchedCount = count;
    return found.subarray(0, count);
  }

  /** Whether the last call of `withWord` found a name. */
  isMarked(name: number): boolean {
    return this.#bytes[name] === 1;
  }

  /**
   * Names within one or two edits of a text (see `forgiven`), itself among them, by edits and then
   * by number. A name that is so near shares all but some of the text's trigrams, so it has one of
   * the rarest of them (the prefix filter of Chaudhuri, Ganti and Kaushik, "A primitive operator
   * for similarity joins in data cleaning", 2006): only those are candidates.
   */
  similar(text: string): Similar[] {
    this.#clear();
    const trigrams = this.#rarestFirst(trigramsOf(text, this.#buckets));
    const most = forgiven(trigrams.length);
    if (most === 0) return [];
    const changed = most * changedByEdit;
    const asked = trigrams.slice(0, changed + moreTrigrams);
    asked.forEach((trigram, i) => {
      this.#countNamesWith(trigram, i <= changed);
    });
    const found: Similar[] = [];
    for (const name of this.#likely(asked.length - changed, text.length, most).sort()) {
      const distance = edits(text, this.names.nameAt(name), most);
      if (distance <= most) found.push({ name, edits: distance });
    }
    return found.sort((a, b) => a.edits - b.edits || a.name - b.name);
  }

  #clear(): void {
    const bytes = this.#bytes;
    const touched = this.#touched;
    const count = this.#touchedCount;
    for (let at = 0; at < count; at++) bytes[touched[at]] = 0;
    this.#touchedCount = 0;
  }

  /** Of the names counted, those with so many trigrams and about the length of a text. */
  #likely(needed: number, length: number, most: number): Uint32Array {
    const shared = this.#bytes;
    const touched = this.#touched;
    const count = this.#touchedCount;
    const likely = this.#found;
    const { lengths } = this.#index;
    let end = 0;
    for (let at = 0; at < count; at++) {
      const name = touched[at];
      if (shared[name] < needed) continue;
      const difference = lengths[name] - length;
      // 255 stands for any length from there on.
      if (difference < -most && lengths[name] < 255) continue;
      if (difference <= most) likely[end++] = name;
    }
    return likely.subarray(0, end);
  }

  #rarestFirst(trigrams: number[]): number[] {
    return trigrams.sort((a, b) => this.#bytesOf(a) - this.#bytesOf(b) || a - b);
  }

  #bytesOf(trigram: number): number {
    const { trigramOffsets } = this.#index;
    return trigramOffsets[trigram + 1] - trigramOffsets[trigram];
  }

  /** Puts the names with a trigram into `#found`; gives their number. */
  #find(trigram: number): number {
    const { trigramOffsets, trigramNames } = this.#index;
    const end = trigramOffsets[trigram + 1];
    const found = this.#found;
    let count = 0;
    let name = -1;
    for (let at = trigramOffsets[trigram]; at < end; at++) {
      let byte = trigramNames[at];
      name += 1 + (byte & 127);
      for (let shift = 7; byte >= 128; shift += 7) {
        byte = trigramNames[++at];
        name += (byte & 127) << shift;
      }
      found[count++] = name;
    }
    return count;
  }

  /** Keeps of so many names in `#found` those with a trigram; gives their number. */
  #keep(trigram: number, count: number): number {
    const { trigramOffsets, trigramNames } = this.#index;
    const end = trigramOffsets[trigram + 1];
    const found = this.#found;
    let kept = 0;
    let next = 0;
    let name = -1;
    for (let at = trigramOffsets[trigram]; at < end && next < count; at++) {
      let byte = trigramNames[at];
      name += 1 + (byte & 127);
      for (let shift = 7; byte >= 128; shift += 7) {
        byte = trigramNames[++at];
        name += (byte & 127) << shift;
      }
      while (next < count && found[next] < name) next++;
      if (found[next] === name && next < count) found[kept++] = found[next++];
    }
    return kept;
  }

  /** Counts a trigram for the names that have it: for all, or only for those that have another. */
  #countNamesWith(trigram: number, all: boolean): void {
    const { trigramOffsets, trigramNames } = this.#index;
    const end = trigramOffsets[trigram + 1];
    const shared = this.#bytes;
    const touched = this.#touched;
    let count = this.#touchedCount;
    let name = -1;
    for (let at = trigramOffsets[trigram]; at < end; at++) {
      let byte = trigramNames[at];
      name += 1 + (byte & 127);
      for (let shift = 7; byte >= 128; shift += 7) {
        byte = trigramNames[++at];
        name += (byte & 127) << shift;
      }
      if (shared[name] > 0) shared[name]++;
      else if (all) {
        shared[name] = 1;
        touched[count++] = name;
      }
    }
    this.#touchedCount = count;
  }
}
