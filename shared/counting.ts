import { holds } from './ascending.ts';
import type { Snapshot } from './snapshot.ts';

/** Playlists to count from, see `Snapshot`. */
export type CountedRows = Pick<
  Snapshot,
  'artistOf' | 'rowOffsets' | 'rowSongs' | 'rowWeights' | 'antecedentRowOffsets' | 'antecedentRows'
>;

/** Counts by song, used again for every antecedent; all are 0 between two of them. */
export interface Tally {
  /**
   * Two sums in one number, so that a playlist's entry costs one addition: playlists with the
   * antecedent and the song times 2^32, plus what they weigh. Both are whole, see `togetherIn`.
   */
  sums: Float64Array;
  /** The songs whose sums are not 0, the first `size` of these. */
  songs: Uint32Array;
  size: number;
}

/** Playlists with a song that can be counted: sums are exact below 2^53. */
export const mostCounted = 2 ** 21 - 1;

/** A playlist in a sum of a tally. */
export const onePlaylist = 2 ** 32;

/** A tally for so many songs. */
export function emptyTally(songs: number): Tally {
  return { sums: new Float64Array(songs), songs: new Uint32Array(songs), size: 0 };
}

/** The playlists in a sum of a tally. */
export function togetherIn(sum: number): number {
  return Math.floor(sum / onePlaylist);
}

/** What the playlists in a sum of a tally weigh: each is counted by its length. */
export function weightIn(sum: number): number {
  return sum - togetherIn(sum) * onePlaylist;
}

/**
 * Counts the rules of a song or an artist from his playlists: the very counts that a listed rule
 * has. A song is counted with itself, too; for an artist only what stands beside another song of
 * his is counted. Whoever reads the sums puts them back to 0.
 * @param antecedent A song, or the number of songs plus an artist.
 */
export function countRules(rows: CountedRows, antecedent: number, tally: Tally): void {
  const { artistOf, antecedentRowOffsets, antecedentRows } = rows;
  const songs = artistOf.length;
  const end = antecedentRowOffsets[antecedent + 1];
  for (let at = antecedentRowOffsets[antecedent]; at < end; at++) {
    const entry = antecedentRows[at];
    if (antecedent < songs || (entry & 1) === 1) countRow(rows, entry >>> 1, tally);
    else countOthers(rows, entry >>> 1, antecedent - songs, tally);
  }
}

/** Counts every song of a playlist. */
export function countRow(
  { rowOffsets, rowSongs, rowWeights }: Pick<CountedRows, 'rowOffsets' | 'rowSongs' | 'rowWeights'>,
  row: number,
  tally: Tally,
): void {
  const { sums, songs } = tally;
  const counted = onePlaylist + rowWeights[row];
  const end = rowOffsets[row + 1];
  let size = tally.size;
  for (let at = rowOffsets[row]; at < end; at++) {
    const song = rowSongs[at];
    if (sums[song] === 0) songs[size++] = song;
    sums[song] += counted;
  }
  tally.size = size;
}

/** Counts the songs of a playlist by other artists. */
function countOthers(
  { artistOf, rowOffsets, rowSongs, rowWeights }: CountedRows,
  row: number,
  artist: number,
  tally: Tally,
): void {
  const { sums, songs } = tally;
  const counted = onePlaylist + rowWeights[row];
  const end = rowOffsets[row + 1];
  let size = tally.size;
  for (let at = rowOffsets[row]; at < end; at++) {
    const song = rowSongs[at];
    if (artistOf[song] === artist) continue;
    if (sums[song] === 0) songs[size++] = song;
    sums[song] += counted;
  }
  tally.size = size;
}

/**
 * The counts of one rule, from the playlists of its antecedent.
 * @returns Zeros when no playlist holds both.
 */
export function countRule(
  rows: CountedRows,
  antecedent: number,
  song: number,
): { together: number; weight: number } {
  const { artistOf, rowOffsets, rowSongs, rowWeights, antecedentRowOffsets, antecedentRows } = rows;
  const sameArtist = antecedent === artistOf.length + artistOf[song];
  let together = 0;
  let weight = 0;
  const end = antecedentRowOffsets[antecedent + 1];
  for (let at = antecedentRowOffsets[antecedent]; at < end; at++) {
    const row = antecedentRows[at] >>> 1;
    if (sameArtist && (antecedentRows[at] & 1) === 0) continue;
    if (!holds(rowSongs, song, rowOffsets[row], rowOffsets[row + 1])) continue;
    together++;
    weight += rowWeights[row];
  }
  return { together, weight };
}

/**
 * Counts the rules of a song or an artist to some songs, as `countRule` does each of them.
 * @param places Of each song, where its counts stand, from 1; 0 where nobody asks for it.
 */
export function countRulesTo(
  { artistOf, rowOffsets, rowSongs, rowWeights, antecedentRowOffsets, antecedentRows }: CountedRows,
  antecedent: number,
  places: Uint32Array,
  { together, weights }: { together: number[]; weights: number[] },
): void {
  const artist = antecedent - artistOf.length;
  const end = antecedentRowOffsets[antecedent + 1];
  for (let at = antecedentRowOffsets[antecedent]; at < end; at++) {
    const row = antecedentRows[at] >>> 1;
    const isOnly = artist >= 0 && (antecedentRows[at] & 1) === 0;
    const rowEnd = rowOffsets[row + 1];
    for (let entry = rowOffsets[row]; entry < rowEnd; entry++) {
      const song = rowSongs[entry];
      if (places[song] === 0 || (isOnly && artistOf[song] === artist)) continue;
      together[places[song] - 1]++;
      weights[places[song] - 1] += rowWeights[row];
    }
  }
}
