import { packDictionary, sortNames, varintBytes, writeVarint } from '../../shared/dictionary.ts';
import {
  type NameIndex,
  type Names,
  nameAt,
  packNames,
  type Snapshot,
} from '../../shared/snapshot.ts';
import { canonicalArtist, canonicalTitle } from '../../shared/song.ts';
import { bucketsFor, forEachTrigram } from '../../shared/trigrams.ts';
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

/** Sorted names as a dictionary, and for each trigram the names that have it, by their numbers. */
function indexOf(sorted: Names): NameIndex {
  const count = sorted.offsets.length - 1;
  const buckets = bucketsFor(count);
  const last = new Int32Array(buckets);
  /** Of each trigram that a name has, how far the name is from the one before it, less 1. */
  const forEachGap = (visit: (trigram: number, gap: number) => void) => {
    last.fill(-1);
    for (let i = 0; i < count; i++) {
      forEachTrigram(nameAt(sorted, i), buckets, (trigram) => {
        if (last[trigram] !== i) visit(trigram, i - last[trigram] - 1);
        last[trigram] = i;
      });
    }
  };
  const trigramOffsets = new Uint32Array(buckets + 1);
  forEachGap((trigram, gap) => {
    trigramOffsets[trigram + 1] += varintBytes(gap);
  });
  for (let trigram = 0; trigram < buckets; trigram++) {
    trigramOffsets[trigram + 1] += trigramOffsets[trigram];
  }
  const next = trigramOffsets.slice(0, buckets);
  const trigramNames = new Uint8Array(trigramOffsets[buckets]);
  forEachGap((trigram, gap) => {
    next[trigram] = writeVarint(trigramNames, next[trigram], gap);
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
