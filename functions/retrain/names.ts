import { packDictionary, pushVarint } from '../../shared/dictionary.ts';
import type { NameIndex, Snapshot } from '../../shared/snapshot.ts';
import { canonicalArtist, canonicalTitle } from '../../shared/song.ts';
import { bucketsFor, trigramsOf } from '../../shared/trigrams.ts';
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
  const canonicalTitles = titles.map(canonicalTitle);
  // By their UTF-8 bytes: the same order on every machine and in every language.
  const distinct = [...new Set(canonicalTitles)]
    .map((title) => Buffer.from(title))
    .sort(Buffer.compare)
    .map((bytes) => bytes.toString());
  const numbers = new Map(distinct.map((title, i) => [title, i]));
  const titleOf = Uint32Array.from(canonicalTitles, (title) => numbers.get(title) as number);
  const byTitle = songsBy(titleOf, distinct.length);
  const byArtist = songsBy(artistOf, artists.length);
  return {
    titleIndex: indexOf(distinct),
    titleOf,
    titleOffsets: byTitle.offsets,
    titleSongs: byTitle.songs,
    artistIndex: indexOf(artists.map(canonicalArtist)),
    artistOffsets: byArtist.offsets,
    artistSongs: byArtist.songs,
  };
}

/** Sorted names as a dictionary, and for each trigram the names that have it, by their numbers. */
function indexOf(sorted: readonly string[]): NameIndex {
  const buckets = bucketsFor(sorted.length);
  const postings: number[][] = Array.from({ length: buckets }, () => []);
  const last = new Int32Array(buckets).fill(-1);
  sorted.forEach((name, i) => {
    for (const trigram of trigramsOf(name, buckets)) {
      pushVarint(postings[trigram], i - last[trigram] - 1);
      last[trigram] = i;
    }
  });
  const trigramOffsets = new Uint32Array(buckets + 1);
  postings.forEach((list, trigram) => {
    trigramOffsets[trigram + 1] = trigramOffsets[trigram] + list.length;
  });
  const trigramNames = new Uint8Array(trigramOffsets[buckets]);
  postings.forEach((list, trigram) => {
    trigramNames.set(list, trigramOffsets[trigram]);
  });
  return { ...packDictionary(sorted), trigramOffsets, trigramNames };
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
