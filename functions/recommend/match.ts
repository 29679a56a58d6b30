import { canonicalArtist, canonicalTitle, nameHash } from '../../shared/song.ts';
import { artistOf, type Model, titleOf } from './model.ts';

/** A song as somebody asks for it: a title, or a title and an artist. */
export type Asked = string | { track: string; artist?: string };

/** A song that was found. */
export interface Match {
  /** The title asked for. */
  asked: string;
  song: number;
  /** Songs of the same title by other artists. */
  others: number;
}

/**
 * Finds the songs that are meant: by title and artist where both are given, else the one of that
 * title that is in most playlists.
 */
export function matchSongs(
  model: Model,
  asked: readonly Asked[],
): { matched: Match[]; unmatched: string[] } {
  const matched: Match[] = [];
  const unmatched: string[] = [];
  for (const one of asked) {
    const { track, artist } = typeof one === 'string' ? { track: one, artist: undefined } : one;
    const namesakes = songsWithTitle(model, track);
    const song =
      artist === undefined
        ? namesakes[0]
        : namesakes.find((s) => canonicalArtist(artistOf(model, s)) === canonicalArtist(artist));
    if (song === undefined) unmatched.push(track);
    else matched.push({ asked: track, song, others: namesakes.length - 1 });
  }
  return { matched, unmatched };
}

/** The songs of a title, the one in most playlists first. */
function songsWithTitle(model: Model, title: string): number[] {
  const { titleHashes, titleHashSongs } = model.snapshot;
  const canonical = canonicalTitle(title);
  const hash = nameHash(canonical);
  const songs: number[] = [];
  for (let i = lowerBound(titleHashes, hash); titleHashes[i] === hash; i++) {
    const song = titleHashSongs[i];
    // Different titles may share a hash.
    if (canonicalTitle(titleOf(model, song)) === canonical) songs.push(song);
  }
  return songs;
}

/** The first position whose value is not below the one given. */
function lowerBound(ascending: Uint32Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
