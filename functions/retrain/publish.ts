import { packNames, type Snapshot, type SnapshotFacts } from '../../shared/snapshot.ts';
import { canonicalArtist, canonicalTitle, nameHash } from '../../shared/song.ts';
import type { Rules } from './rules.ts';
import type { Catalogue } from './transactions.ts';

/**
 * A model with the names and indexes that a recommender needs: everything that could be computed
 * at load is computed here.
 */
export function toSnapshot(facts: SnapshotFacts, catalogue: Catalogue, rules: Rules): Snapshot {
  const { titles, artists, artistOf, supports } = catalogue;
  const canonicalTitles = titles.map(canonicalTitle);
  const hashes = Uint32Array.from(canonicalTitles, nameHash);
  const byHash = indexes(titles.length).sort((a, b) => hashes[a] - hashes[b] || a - b);
  const canonicalArtists = artists.map(canonicalArtist);
  const byArtist = songsByArtist(artistOf, artists.length);
  return {
    facts,
    titles: packNames(titles),
    artists: packNames(artists),
    artistOf,
    supports,
    titleHashes: byHash.map((song) => hashes[song]),
    titleHashSongs: byHash,
    titleOrder: alphabetical(canonicalTitles),
    artistOrder: alphabetical(canonicalArtists),
    artistOffsets: byArtist.offsets,
    artistSongs: byArtist.songs,
    ...rules,
  };
}

/** Indexes of names by code unit, not by a language's rules: the same on every machine. */
function alphabetical(names: readonly string[]): Uint32Array {
  return indexes(names.length).sort((a, b) =>
    names[a] < names[b] ? -1 : names[a] > names[b] ? 1 : a - b,
  );
}

function songsByArtist(
  artistOf: Uint32Array,
  artists: number,
): { offsets: Uint32Array; songs: Uint32Array } {
  const offsets = new Uint32Array(artists + 1);
  for (const artist of artistOf) offsets[artist + 1]++;
  for (let artist = 0; artist < artists; artist++) offsets[artist + 1] += offsets[artist];
  const next = offsets.slice(0, artists);
  const songs = new Uint32Array(artistOf.length);
  artistOf.forEach((artist, song) => {
    songs[next[artist]++] = song;
  });
  return { offsets, songs };
}

function indexes(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i);
}
