import { nameAt } from '../../shared/snapshot.ts';
import { canonicalArtist, canonicalTitle } from '../../shared/song.ts';
import type { Model } from './model.ts';
import { limits } from './schemas.ts';

/**
 * Songs whose title begins with what was typed, those in most playlists first; then songs of
 * artists whose name begins with it.
 */
export function suggest(model: Model, typed: string, limit = limits.suggestions.default): number[] {
  const { titles, titleOrder, artists, artistOrder, artistOffsets, artistSongs } = model.snapshot;
  const byTitle = mostPopular(
    range(titleOrder, (song) => canonicalTitle(nameAt(titles, song)), canonicalTitle(typed)),
    limit,
  );
  if (byTitle.length === limit) return byTitle;
  const named = range(
    artistOrder,
    (artist) => canonicalArtist(nameAt(artists, artist)),
    canonicalArtist(typed),
  );
  // The others are among the first `limit` of their artist: his songs are in order, too.
  const others = [...named]
    .flatMap((artist) => {
      const start = artistOffsets[artist];
      const end = Math.min(start + limit, artistOffsets[artist + 1]);
      return [...artistSongs.subarray(start, end)];
    })
    .filter((song) => !byTitle.includes(song));
  return [...byTitle, ...mostPopular(others, limit - byTitle.length)];
}

/** The part of an ordered index whose names begin with a prefix; none for an empty one. */
function range(order: Uint32Array, nameOf: (entry: number) => string, prefix: string): Uint32Array {
  if (prefix === '') return new Uint32Array();
  const first = partition(order, (entry) => nameOf(entry) < prefix);
  const end = partition(
    order,
    (entry) => nameOf(entry) < prefix || nameOf(entry).startsWith(prefix),
  );
  return order.subarray(first, end);
}

/** How many entries at the beginning hold; the ones that hold come first. */
function partition(order: Uint32Array, holds: (entry: number) => boolean): number {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(order[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The smallest numbers, ascending: songs are numbered by popularity. */
function mostPopular(songs: ArrayLike<number>, limit: number): number[] {
  return [...Uint32Array.from(songs).sort().subarray(0, limit)];
}
