import { type CountedRows, mostCounted } from '../../shared/counting.ts';
import type { Transactions } from './eclat/eclat.ts';
import type { Catalogue } from './transactions.ts';

/** Playlists ready to count rules from, by song and by artist. */
export interface IndexedRows extends Record<keyof CountedRows, Uint32Array> {
  artistSupports: Uint32Array;
  /** See `Scoring`. */
  weightScale: number;
}

/** Weights are at most this fine; finer ones take more room and order nothing better. */
const finestScale = 2 ** 20;

/**
 * Indexes the playlists by song and artist. Songs in fewer than `minSupport` playlists have no
 * rules and are left out of the rows; they come last in each, since songs are coded by descending
 * support. They still count for a playlist's length and for what it holds of an artist.
 * @param lengthExponent A playlist of length l weighs l^-lengthExponent.
 */
export function indexRows(
  transactions: Transactions,
  { artists, artistOf, supports }: Pick<Catalogue, 'artists' | 'artistOf' | 'supports'>,
  minSupport: number,
  lengthExponent: number,
): IndexedRows {
  const { offsets, items } = transactions;
  const rowCount = offsets.length - 1;
  const songs = supports.length;
  const named = Uint8Array.from(artists, (name) => (name === '' ? 0 : 1));
  const artistSupports = new Uint32Array(artists.length);

  // What stands where, counted: the rows that are left, and of each artist.
  const rowOffsets = new Uint32Array(rowCount + 1);
  const lastRow = new Int32Array(artists.length).fill(-1);
  for (let row = 0; row < rowCount; row++) {
    const start = offsets[row];
    const end = offsets[row + 1];
    let kept = 0;
    for (let at = start; at < end; at++) {
      if (supports[items[at]] >= minSupport) kept++;
      const artist = artistOf[items[at]];
      if (lastRow[artist] !== row) artistSupports[artist] += named[artist];
      lastRow[artist] = row;
    }
    rowOffsets[row + 1] = rowOffsets[row] + kept;
  }
  const weightScale = fittingScale(supports, artistSupports);

  const antecedentRowOffsets = new Uint32Array(songs + artists.length + 1);
  for (let song = 0; song < songs; song++) {
    const entries = supports[song] >= minSupport ? supports[song] : 0;
    antecedentRowOffsets[song + 1] = antecedentRowOffsets[song] + entries;
  }
  for (let artist = 0; artist < artists.length; artist++) {
    antecedentRowOffsets[songs + artist + 1] =
      antecedentRowOffsets[songs + artist] + artistSupports[artist];
  }

  const next = antecedentRowOffsets.slice(0, songs + artists.length);
  const antecedentRows = new Uint32Array(antecedentRowOffsets[songs + artists.length]);
  const rowSongs = new Uint32Array(rowOffsets[rowCount]);
  const rowWeights = new Uint32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const start = offsets[row];
    const end = offsets[row + 1];
    const weight = weightScale * (end - start) ** -lengthExponent;
    rowWeights[row] = Math.max(1, Math.round(weight));
    for (let at = start; at < end; at++) {
      const song = items[at];
      if (supports[song] >= minSupport) {
        rowSongs[rowOffsets[row] + at - start] = song;
        antecedentRows[next[song]++] = 2 * row;
      }
      const artist = artistOf[song];
      if (named[artist] === 0) continue;
      const entry = next[songs + artist];
      const begun = entry > antecedentRowOffsets[songs + artist];
      if (begun && antecedentRows[entry - 1] >>> 1 === row) antecedentRows[entry - 1] |= 1;
      else antecedentRows[next[songs + artist]++] = 2 * row;
    }
  }
  return {
    artistOf,
    rowOffsets,
    rowSongs,
    rowWeights,
    antecedentRowOffsets,
    antecedentRows,
    artistSupports,
    weightScale,
  };
}

/** The finest scale, a power of two, at which the weights of all playlists of one song sum up below 2^32. */
function fittingScale(supports: Uint32Array, artistSupports: Uint32Array): number {
  let most = supports[0] ?? 1;
  for (const support of artistSupports) most = Math.max(most, support);
  let scale = finestScale;
  if (most > mostCounted) {
    throw new RangeError(`A song or artist is in ${most} playlists, more than ${mostCounted}.`);
  }
  while (scale * most >= 2 ** 32) scale /= 2;
  return scale;
}
