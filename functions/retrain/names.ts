import { packDictionary, sortNames, varintBytes, writeVarint } from '../../shared/dictionary.ts';
import { bucketsFor, bucketsOf, oddLetters } from '../../shared/segments.ts';
import {
  type NameIndex,
  type Names,
  nameAt,
  type Postings,
  packNamesInSteps,
  type Snapshot,
} from '../../shared/snapshot.ts';
import { canonicalArtist, canonicalTitle } from '../../shared/song.ts';
import { Dictionary } from './dictionary.ts';
import { columnAtOnce, inSlices, type Rest, withRests } from './rest.ts';
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
export async function indexNames(
  { titles, artists, artistOf }: Catalogue,
  rest: Rest,
): Promise<NameColumns> {
  const canonical = new Array<string>(titles.length);
  await inSlices(titles.length, rest, (from, to) => {
    for (let i = from; i < to; i++) canonical[i] = canonicalTitle(titles[i]);
  });
  const { sorted, numbers: titleOf } = await sort(canonical, rest);
  const byTitle = await songsBy(titleOf, sorted.offsets.length - 1, rest);
  const byArtist = await songsBy(artistOf, artists.length, rest);
  const canonicalArtists = new Array<string>(artists.length);
  await inSlices(artists.length, rest, (from, to) => {
    for (let i = from; i < to; i++) canonicalArtists[i] = canonicalArtist(artists[i]);
  });
  const artistNames = await withRests(packNamesInSteps(canonicalArtists), rest);
  return {
    titleIndex: await indexOf(sorted, rest),
    titleOf,
    titleOffsets: byTitle.offsets,
    titleSongs: byTitle.songs,
    artistIndex: await indexOf(artistNames, rest),
    artistOffsets: byArtist.offsets,
    artistSongs: byArtist.songs,
  };
}

async function sort(names: readonly string[], rest: Rest) {
  return withRests(sortNames(await withRests(packNamesInSteps(names), rest)), rest);
}

/** Sorted names as a dictionary, and which of them have a word or a part. */
async function indexOf(sorted: Names, rest: Rest): Promise<NameIndex> {
  const count = sorted.offsets.length - 1;
  const buckets = bucketsFor(count);
  const { words, placeOf } = await wordsIn(sorted, rest);
  const odd = new Uint16Array(count);
  await forEachName(sorted, rest, (name, i) => {
    odd[i] = oddLetters(name);
  });
  return {
    ...(await withRests(packDictionary(sorted), rest)),
    oddLetters: odd,
    words: await withRests(packDictionary(words), rest),
    withWord: await postingsOf(sorted, words.offsets.length - 1, rest, (name, visit) => {
      for (const word of name.split(' ')) if (word !== '') visit(placeOf(word));
    }),
    withSegment: await postingsOf(sorted, buckets, rest, (name, visit) => {
      for (const bucket of bucketsOf(name, buckets)) visit(bucket);
    }),
  };
}

/** Goes through names by their numbers; rests meanwhile. */
function forEachName(
  names: Names,
  rest: Rest,
  visit: (name: string, number: number) => void,
): Promise<void> {
  return inSlices(names.offsets.length - 1, rest, (from, to) => {
    for (let i = from; i < to; i++) visit(nameAt(names, i), i);
  });
}

/** All words of some names, sorted, and the place of each. */
async function wordsIn(
  names: Names,
  rest: Rest,
): Promise<{ words: Names; placeOf: (word: string) => number }> {
  // A data set of numbers has as many words as songs: they are kept once.
  const found = new Dictionary();
  await forEachName(names, rest, (name) => {
    for (const word of name.split(' ')) if (word !== '') found.code(word);
  });
  const { sorted, numbers } = await sort(found.names(), rest);
  return { words: sorted, placeOf: (word) => numbers[found.code(word)] };
}

/**
 * For each key the names that have it, by their numbers.
 * @param forEachKey Calls a function with each key of a name, perhaps more than once.
 */
async function postingsOf(
  names: Names,
  keys: number,
  rest: Rest,
  forEachKey: (name: string, visit: (key: number) => void) => void,
): Promise<Postings> {
  const last = new Int32Array(keys);
  /** Of each key that a name has, how far the name is from the one before it, less 1. */
  const forEachGap = (visit: (key: number, gap: number) => void) => {
    last.fill(-1);
    return forEachName(names, rest, (name, i) => {
      forEachKey(name, (key) => {
        if (last[key] !== i) visit(key, i - last[key] - 1);
        last[key] = i;
      });
    });
  };
  const offsets = new Uint32Array(keys + 1);
  await forEachGap((key, gap) => {
    offsets[key + 1] += varintBytes(gap);
  });
  for (let key = 0; key < keys; key++) offsets[key + 1] += offsets[key];
  const next = offsets.slice(0, keys);
  const packed = new Uint8Array(offsets[keys]);
  await forEachGap((key, gap) => {
    next[key] = writeVarint(packed, next[key], gap);
  });
  return { offsets, names: packed };
}

/** Songs gathered by their group, in their own order (a counting sort). */
async function songsBy(
  groupOf: Uint32Array,
  groups: number,
  rest: Rest,
): Promise<{ offsets: Uint32Array; songs: Uint32Array }> {
  const offsets = new Uint32Array(groups + 1);
  const count = (from: number, to: number) => {
    for (let song = from; song < to; song++) offsets[groupOf[song] + 1]++;
  };
  await inSlices(groupOf.length, rest, count, columnAtOnce);
  for (let group = 0; group < groups; group++) offsets[group + 1] += offsets[group];
  const next = offsets.slice(0, groups);
  const songs = new Uint32Array(groupOf.length);
  const place = (from: number, to: number) => {
    for (let song = from; song < to; song++) songs[next[groupOf[song]]++] = song;
  };
  await inSlices(groupOf.length, rest, place, columnAtOnce);
  return { offsets, songs };
}
