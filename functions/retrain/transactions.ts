import { hash } from 'node:crypto';
import type { ColumnTable } from 'arquero';
import { sortNames } from '../../shared/dictionary.ts';
import { packNames } from '../../shared/snapshot.ts';
import { canonicalArtist, nameHash, songKey } from '../../shared/song.ts';
import type { Transactions } from './eclat/eclat.ts';
import { byDescending } from './order.ts';
import type { Tables } from './table.ts';

/** Songs by descending support: song 0 is in most playlists. What the model's numbers stand for. */
export interface Catalogue {
  titles: string[];
  /** Artists in the order of their canonical names' UTF-8; a song's is `artists[artistOf[song]]`. */
  artists: string[];
  artistOf: Uint32Array;
  /** Playlists that hold the song. */
  supports: Uint32Array;
}

/** Playlists as sets of songs, ready to be mined. */
export interface TransactionSet {
  transactions: Transactions;
  /**
   * The playlists' ids, one a transaction. One without has an id made from its songs: the same in
   * every data set that has the playlist, wherever it stands.
   */
  ids: string[];
  catalogue: Catalogue;
  /** Rows that named a song for the second time in a playlist. */
  repeats: number;
  /** `transactions.items` with each playlist's songs in the order listed; only when asked for. */
  listed?: Uint32Array;
}

/**
 * Columns to transactions in CSR form: songs coded by descending support (ties by first
 * appearance), ascending within a playlist and without repeats. Two counting sorts over typed
 * arrays, O(rows log longest playlist); at most a million rows a second test holds it equal to
 * Arquero's own dedupe and groupby.
 *
 * @param options.listed Whether to keep the order in which playlists list their songs.
 */
export function toTransactions(
  { playlists, songs, artists, pairs }: Tables,
  { listed = false } = {},
): TransactionSet {
  const playlistOf = pairs.array('playlist', Uint32Array) as Uint32Array;
  const songOf = pairs.array('song', Uint32Array) as Uint32Array;
  const byPlaylist = groupRows(playlistOf, songOf, playlists.numRows());
  const order = listed ? firstMentions(byPlaylist, songs.numRows()) : undefined;
  const kept = removeRepeats(byPlaylist);

  const supports = new Uint32Array(songs.numRows());
  for (const song of kept.items) supports[song]++;
  const byRank = byDescending(supports);
  const rank = new Uint32Array(byRank.length);
  byRank.forEach((song, position) => {
    rank[song] = position;
  });
  for (let row = 0; row + 1 < kept.offsets.length; row++) {
    const items = kept.items.subarray(kept.offsets[row], kept.offsets[row + 1]);
    for (let i = 0; i < items.length; i++) items[i] = rank[items[i]];
    items.sort();
  }

  const titles = songs.array('title') as string[];
  const names = artists.array('name') as string[];
  const artistCodes = songs.array('artistCode', Uint32Array) as Uint32Array;
  const keys = () =>
    Uint32Array.from(byRank, (song) => nameHash(songKey(titles[song], names[artistCodes[song]])));
  const byName = sortArtists(names);
  return {
    transactions: { ...kept, itemCount: byRank.length },
    ids: identify(playlists, kept, keys),
    catalogue: {
      titles: Array.from(byRank, (song) => titles[song]),
      artists: byName.names,
      artistOf: byRank.map((song) => byName.numberOf[artistCodes[song]]),
      supports: byRank.map((song) => supports[song]),
    },
    repeats: songOf.length - kept.items.length,
    ...(order && { listed: order.map((song) => rank[song]) }),
  };
}

/** The ids that playlists have, and for those without one a digest of their songs' keys. */
function identify(playlists: ColumnTable, rows: Rows, songKeys: () => Uint32Array): string[] {
  const ids = playlists.array('id') as string[];
  const named = playlists.array('named') as boolean[];
  if (named.every(Boolean)) return ids;
  const keys = songKeys();
  return ids.map((id, row) => (named[row] ? id : idBySongs(rows, row, keys)));
}

/** Artists in the order in which a dictionary finds them, and the number of each there. */
function sortArtists(names: string[]): { names: string[]; numberOf: Uint32Array } {
  // Canonical names differ, or they were one artist.
  const { numbers } = sortNames(packNames(names.map(canonicalArtist)));
  const sorted = new Array<string>(names.length);
  names.forEach((name, artist) => {
    sorted[numbers[artist]] = name;
  });
  return { names: sorted, numberOf: numbers };
}

/** The id of a playlist that has none: a digest of its songs' keys. */
export function idBySongs({ offsets, items }: Rows, row: number, keys: Uint32Array): string {
  const start = offsets[row];
  const ownKeys = new Uint32Array(offsets[row + 1] - start);
  for (let i = 0; i < ownKeys.length; i++) ownKeys[i] = keys[items[start + i]];
  return hash('sha256', ownKeys.sort(), 'hex');
}

/** Rows in compressed sparse form. */
interface Rows {
  offsets: Uint32Array;
  items: Uint32Array;
}

/** Values gathered by group, in their order (a counting sort). */
function groupRows(groupOf: Uint32Array, values: Uint32Array, groups: number): Rows {
  const offsets = new Uint32Array(groups + 1);
  for (const group of groupOf) offsets[group + 1]++;
  for (let group = 0; group < groups; group++) offsets[group + 1] += offsets[group];
  const next = offsets.slice(0, groups);
  const items = new Uint32Array(values.length);
  for (let row = 0; row < values.length; row++) items[next[groupOf[row]]++] = values[row];
  return { offsets, items };
}

/** The values of each row in their order, without those that stand before in the same row. */
function firstMentions({ offsets, items }: Rows, values: number): Uint32Array {
  const lastRow = new Int32Array(values).fill(-1);
  const first = new Uint32Array(items.length);
  let length = 0;
  for (let row = 0; row + 1 < offsets.length; row++) {
    for (let at = offsets[row]; at < offsets[row + 1]; at++) {
      if (lastRow[items[at]] === row) continue;
      lastRow[items[at]] = row;
      first[length++] = items[at];
    }
  }
  return first.slice(0, length);
}

/** Sorts each row and drops what stands in it twice; the arrays given are used again. */
function removeRepeats({ offsets, items }: Rows): Rows {
  let length = 0;
  let start = 0;
  for (let row = 0; row + 1 < offsets.length; row++) {
    const end = offsets[row + 1];
    const sorted = items.subarray(start, end).sort();
    start = end;
    const first = length;
    for (let i = 0; i < sorted.length; i++) {
      const item = sorted[i];
      if (length === first || items[length - 1] !== item) items[length++] = item;
    }
    offsets[row + 1] = length;
  }
  return { offsets, items: items.slice(0, length) };
}
