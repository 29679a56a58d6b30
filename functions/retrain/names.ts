import { packDictionary, sortNames, varintBytes, writeVarint } from '../../shared/dictionary.ts';
import { bucketsFor, bucketsOf, oddLetters } from '../../shared/segments.ts';
import {
  type NameIndex,
  type Names,
  nameAt,
  type Postings,
  packNames,
  type Snapshot,
} from '../../shared/snapshot.ts';
import { canonicalArtist, canonicalTitle } from '../../shared/song.ts';
import { Dictionary } from './dictionary.ts';
import type { Catalogue } from './transactions.ts';

/** The columns by which songs are found by their names. */
type NameColumns = Pick<
  Snapshot,
  | 'titleIndex'
  | 'titleOf'
  | 'titleOffsets'
  | 'titleSongs'
  | 'artistIndex'
  | 'artistOffsets'
  | 'artistSongs'
>;

/** Everything that finding a name could compute at load is computed here. */
export function indexNames({ titles, artists, artistOf }: Catalogue): NameColumns {
  const { sorted, numbers: titleOf } = sortNames(packNames(titles.map(canonicalTitle)));
  const byTitle = songsBy(titleOf, sorted.offsets.length - 1);
  const byArtist = songsBy(artistOf, artists.length);
  return {
    titleIndex: indexOf(sorted),
    titleOf,
    titleOffsets: byTitle.offsets,
    titleSongs: byTitle.songs,
    artistIndex: indexOf(packNames(artists.map(canonicalArtist))),
    artistOffsets: byArtist.offsets,
    artistSongs: byArtist.songs,
  };
}

/** Sorted names as a dictionary, and which of them have a word or a part. */
function indexOf(sorted: Names): NameIndex {
  const count = sorted.offsets.length - 1;
  const buckets = bucketsFor(count);
  const { words, placeOf } = wordsIn(sorted);
  const odd = new Uint16Array(count);
  for (let i = 0; i < count; i++) odd[i] = oddLetters(nameAt(sorted, i));
  return {
    ...packDictionary(sorted),
    oddLetters: odd,
    words: packDictionary(words),
    withWord: postingsOf(sorted, words.offsets.length - 1, (name, visit) => {
      for (const word of name.split(' ')) if (word !== '') visit(placeOf(word));
    }),
    withSegment: postingsOf(sorted, buckets, (name, visit) => {
      for (const bucket of bucketsOf(name, buckets)) visit(bucket);
    }),
  };
}

/** All words of some names, sorted, and the place of each. */
function wordsIn(names: Names): { words: Names; placeOf: (word: string) => number } {
  // A data set of numbers has as many words as songs: they are kept once.
  const found = new Dictionary();
  for (let i = 0; i < names.offsets.length - 1; i++) {
    for (const word of nameAt(names, i).split(' ')) if (word !== '') found.code(word);
  }
  const { sorted, numbers } = sortNames(packNames(found.names()));
  return { words: sorted, placeOf: (word) => numbers[found.code(word)] };
}

/**
 * For each key the names that have it, by their numbers.
 * @param forEachKey Calls a function with each key of a name, perhaps more than once.
 */
function postingsOf(
  names: Names,
  keys: number,
  forEachKey: (name: string, visit: (key: number) => void) => void,
): Postings {
  const last = new Int32Array(keys);
  /** Of each key that a name has, how far the name is from the one before it, less 1. */
  const forEachGap = (visit: (key: number, gap: number) => void) => {
    last.fill(-1);
    for (let i = 0; i < names.offsets.length - 1; i++) {
      forEachKey(nameAt(names, i), (key) => {
        if (last[key] !== i) visit(key, i - last[key] - 1);
        last[key] = i;
      });
    }
  };
  const offsets = new Uint32Array(keys + 1);
  forEachGap((key, gap) => {
    offsets[key + 1] += varintBytes(gap);
  });
  for (let key = 0; key < keys; key++) offsets[key + 1] += offsets[key];
  const next = offsets.slice(0, keys);
  const packed = new Uint8Array(offsets[keys]);
  forEachGap((key, gap) => {
    next[key] = writeVarint(packed, next[key], gap);
  });
  return { offsets, names: packed };
}

/** Songs gathered by their group, in their own order (a counting sort). */
function songsBy(
  groupOf: Uint32Array,
  groups: number,
): { offsets: Uint32Array; songs: Uint32Array } {
  const offsets = new Uint32Array(groups + 1);
  for (const group of groupOf) offsets[group + 1]++;
  for (let group = 0; group < groups; group++) offsets[group + 1] += offsets[group];
  const next = offsets.slice(0, groups);
  const songs = new Uint32Array(groupOf.length);
  groupOf.forEach((group, song) => {
    songs[next[group]++] = song;
  });
  return { offsets, songs };
}
