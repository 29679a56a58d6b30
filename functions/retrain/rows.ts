import { firstNotBelow } from '../../shared/ascending.ts';
import { type CountedRows, mostCounted } from '../../shared/counting.ts';
import type { Transactions } from './eclat/eclat.ts';
import { inSlices, type Rest } from './rest.ts';
import type { Catalogue } from './transactions.ts';

/** Playlists ready to count rules from, by song and by artist. */
export interface IndexedRows extends Record<keyof CountedRows, Uint32Array> {
  artistSupports: Uint32Array;
  /** See `Scoring`. */
  weightScale: number;
}

/**
 * What a playlist of usual length weighs at least: rounding changes it by less than one in a
 * hundred. Finer weights would order nothing better, and most rules would not fit into two bytes.
 */
const usualWeight = 64;

/**
 * Indexes the playlists by song and artist. Songs in fewer than `minSupport` playlists have no
 * rules and are left out of the rows; they come last in each, since songs are coded by descending
 * support. They still count for a playlist's length and for what it holds of an artist.
 * @param lengthExponent A playlist of length l weighs l^-lengthExponent.
 */
export async function indexRows(
  transactions: Transactions,
  { artists, artistOf, supports }: Pick<Catalogue, 'artists' | 'artistOf' | 'supports'>,
  minSupport: number,
  lengthExponent: number,
  rest: Rest,
): Promise<IndexedRows> {
  const { offsets, items } = transactions;
  const rowCount = offsets.length - 1;
  const songs = supports.length;
  const frequent = countFrequent(supports, minSupport);

  const rowOffsets = new Uint32Array(rowCount + 1);
  await inSlices(rowCount, rest, (from, to) => {
    for (let row = from; row < to; row++) {
      const kept = firstNotBelow(items, frequent, offsets[row], offsets[row + 1]) - offsets[row];
      rowOffsets[row + 1] = rowOffsets[row] + kept;
    }
  });
  const byArtist = artists.some((name) => name !== '')
    ? await indexArtists(transactions, artists, artistOf, rest)
    : { offsets: new Uint32Array(artists.length + 1), rows: new Uint32Array(0) };
  const artistSupports = byArtist.offsets.subarray(1).map((end, i) => end - byArtist.offsets[i]);
  const weightScale = scaleFor(offsets, lengthExponent, supports, artistSupports);

  const antecedentRowOffsets = new Uint32Array(songs + artists.length + 1);
  for (let song = 0; song < songs; song++) {
    const entries = song < frequent ? supports[song] : 0;
    antecedentRowOffsets[song + 1] = antecedentRowOffsets[song] + entries;
  }
  const ofSongs = antecedentRowOffsets[songs];
  for (let artist = 1; artist <= artists.length; artist++) {
    antecedentRowOffsets[songs + artist] = ofSongs + byArtist.offsets[artist];
  }

  const antecedentRows = new Uint32Array(ofSongs + byArtist.rows.length);
  antecedentRows.set(byArtist.rows, ofSongs);
  const next = antecedentRowOffsets.slice(0, frequent);
  const rowSongs = new Uint32Array(rowOffsets[rowCount]);
  const rowWeights = new Uint32Array(rowCount);
  await inSlices(rowCount, rest, (from, to) => {
    for (let row = from; row < to; row++) {
      const weight = weightScale * (offsets[row + 1] - offsets[row]) ** -lengthExponent;
      rowWeights[row] = Math.max(1, Math.round(weight));
      const left = offsets[row] - rowOffsets[row];
      for (let at = rowOffsets[row]; at < rowOffsets[row + 1]; at++) {
        const song = items[left + at];
        rowSongs[at] = song;
        antecedentRows[next[song]++] = 2 * row;
      }
    }
  });
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

/** Songs and artists between two rests: each can be in very many playlists. */
const antecedentsAtOnce = 64;

/** Goes through the songs and artists, and where the entries of each begin and end; rests meanwhile. */
export function forAntecedents(
  { antecedentRowOffsets }: Pick<IndexedRows, 'antecedentRowOffsets'>,
  rest: Rest,
  visit: (antecedent: number, begin: number, end: number) => void,
): Promise<void> {
  const some = (from: number, to: number) => {
    for (let antecedent = from; antecedent < to; antecedent++) {
      visit(antecedent, antecedentRowOffsets[antecedent], antecedentRowOffsets[antecedent + 1]);
    }
  };
  return inSlices(antecedentRowOffsets.length - 1, rest, some, antecedentsAtOnce);
}

/** How many songs are in so many playlists or more: they have the first codes. */
function countFrequent(supports: Uint32Array, minSupport: number): number {
  let frequent = supports.length;
  while (frequent > 0 && supports[frequent - 1] < minSupport) frequent--;
  return frequent;
}

/** The playlists of each artist with a name, as `CountedRows` has them. */
async function indexArtists(
  { offsets, items }: Transactions,
  artists: readonly string[],
  artistOf: Uint32Array,
  rest: Rest,
): Promise<{ offsets: Uint32Array; rows: Uint32Array }> {
  const isNamed = Uint8Array.from(artists, (name) => (name === '' ? 0 : 1));
  const rowCount = offsets.length - 1;
  const lastRow = new Int32Array(artists.length).fill(-1);
  const artistOffsets = new Uint32Array(artists.length + 1);
  await inSlices(rowCount, rest, (from, to) => {
    for (let row = from; row < to; row++) {
      for (let at = offsets[row]; at < offsets[row + 1]; at++) {
        const artist = artistOf[items[at]];
        if (lastRow[artist] !== row) artistOffsets[artist + 1] += isNamed[artist];
        lastRow[artist] = row;
      }
    }
  });
  for (let artist = 0; artist < artists.length; artist++) {
    artistOffsets[artist + 1] += artistOffsets[artist];
  }
  const next = artistOffsets.slice(0, artists.length);
  const rows = new Uint32Array(artistOffsets[artists.length]);
  lastRow.fill(-1);
  await inSlices(rowCount, rest, (from, to) => {
    for (let row = from; row < to; row++) {
      for (let at = offsets[row]; at < offsets[row + 1]; at++) {
        const artist = artistOf[items[at]];
        if (isNamed[artist] === 0) continue;
        if (lastRow[artist] === row) rows[next[artist] - 1] |= 1;
        else rows[next[artist]++] = 2 * row;
        lastRow[artist] = row;
      }
    }
  });
  return { offsets: artistOffsets, rows };
}

/**
 * The power of two at which playlists weigh enough, on average over all their songs, and those of
 * one song sum up below 2^32.
 */
function scaleFor(
  offsets: Uint32Array,
  lengthExponent: number,
  supports: Uint32Array,
  artistSupports: Uint32Array,
): number {
  let most = supports[0] ?? 1;
  for (const support of artistSupports) most = Math.max(most, support);
  if (most > mostCounted) {
    throw new RangeError(`A song or artist is in ${most} playlists, more than ${mostCounted}.`);
  }
  let entries = 0;
  let weights = 0;
  for (let row = 0; row + 1 < offsets.length; row++) {
    const length = offsets[row + 1] - offsets[row];
    if (length === 0) continue;
    entries += length;
    weights += length ** (1 - lengthExponent);
  }
  let scale = 2 ** Math.ceil(Math.log2((usualWeight * entries) / weights || 1));
  while (scale * most >= 2 ** 32) scale /= 2;
  return scale;
}
