import { hash } from 'node:crypto';
import type { ColumnTable } from 'arquero';
import { sortNames } from '../../shared/dictionary.ts';
import { packNamesInSteps } from '../../shared/snapshot.ts';
import { canonicalArtist, nameHash, songKey } from '../../shared/song.ts';
import type { Transactions } from './eclat/eclat.ts';
import { byDescending } from './order.ts';
import { columnAtOnce, inSlices, type Rest, rester, withRests } from './rest.ts';
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
 * @throws the reason of `options.signal`.
 */
export async function toTransactions(
  { playlists, songs, artists, pairs }: Tables,
  { listed = false, signal }: { listed?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<TransactionSet> {
  const rest = rester(signal);
  // As they are: `array` would make a copy, number by number.
  const playlistOf = pairs.column('playlist') as Uint32Array;
  const songOf = pairs.column('song') as Uint32Array;
  const byPlaylist = await groupRows(playlistOf, songOf, playlists.numRows(), rest);
  const order = listed ? await firstMentions(byPlaylist, songs.numRows(), rest) : undefined;
  const kept = await removeRepeats(byPlaylist, rest);

  const supports = new Uint32Array(songs.numRows());
  const count = (from: number, to: number) => {
    for (let at = from; at < to; at++) supports[kept.items[at]]++;
  };
  await inSlices(kept.items.length, rest, count, columnAtOnce);
  const byRank = byDescending(supports);
  const rank = new Uint32Array(byRank.length);
  byRank.forEach((song, position) => {
    rank[song] = position;
  });
  await inSlices(kept.offsets.length - 1, rest, (from, to) => {
    for (let row = from; row < to; row++) {
      const items = kept.items.subarray(kept.offsets[row], kept.offsets[row + 1]);
      for (let i = 0; i < items.length; i++) items[i] = rank[items[i]];
      items.sort();
    }
  });

  const titles = songs.array('title') as string[];
  const names = artists.array('name') as string[];
  const artistCodes = songs.array('artistCode', Uint32Array) as Uint32Array;
  const keys = async () => {
    const hashes = new Uint32Array(byRank.length);
    await inSlices(byRank.length, rest, (from, to) => {
      for (let i = from; i < to; i++) {
        hashes[i] = nameHash(songKey(titles[byRank[i]], names[artistCodes[byRank[i]]]));
      }
    });
    return hashes;
  };
  const byName = await sortArtists(names, rest);
  return {
    transactions: { ...kept, itemCount: byRank.length },
    ids: await identify(playlists, kept, keys, rest),
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
async function identify(
  playlists: ColumnTable,
  rows: Rows,
  songKeys: () => Promise<Uint32Array>,
  rest: Rest,
): Promise<string[]> {
  const ids = playlists.array('id') as string[];
  const named = playlists.array('named') as boolean[];
  if (named.every(Boolean)) return ids;
  const keys = await songKeys();
  await inSlices(ids.length, rest, (from, to) => {
    for (let row = from; row < to; row++) if (!named[row]) ids[row] = idBySongs(rows, row, keys);
  });
  return ids;
}

/** Artists in the order in which a dictionary finds them, and the number of each there. */
async function sortArtists(
  names: string[],
  rest: Rest,
): Promise<{ names: string[]; numberOf: Uint32Array }> {
  const canonical = new Array<string>(names.length);
  await inSlices(names.length, rest, (from, to) => {
    for (let i = from; i < to; i++) canonical[i] = canonicalArtist(names[i]);
  });
  // Canonical names differ, or they were one artist.
  const packed = await withRests(packNamesInSteps(canonical), rest);
  const { numbers } = await withRests(sortNames(packed), rest);
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
async function groupRows(
  groupOf: Uint32Array,
  values: Uint32Array,
  groups: number,
  rest: Rest,
): Promise<Rows> {
  const offsets = new Uint32Array(groups + 1);
  const count = (from: number, to: number) => {
    for (let row = from; row < to; row++) offsets[groupOf[row] + 1]++;
  };
  await inSlices(values.length, rest, count, columnAtOnce);
  for (let group = 0; group < groups; group++) offsets[group + 1] += offsets[group];
  const next = offsets.slice(0, groups);
  const items = new Uint32Array(values.length);
  const place = (from: number, to: number) => {
    for (let row = from; row < to; row++) items[next[groupOf[row]]++] = values[row];
  };
  await inSlices(values.length, rest, place, columnAtOnce);
  return { offsets, items };
}

/** The values of each row in their order, without those that stand before in the same row. */
async function firstMentions(
  { offsets, items }: Rows,
  values: number,
  rest: Rest,
): Promise<Uint32Array> {
  const lastRow = new Int32Array(values).fill(-1);
  const first = new Uint32Array(items.length);
  let length = 0;
  await inSlices(offsets.length - 1, rest, (from, to) => {
    for (let row = from; row < to; row++) {
      for (let at = offsets[row]; at < offsets[row + 1]; at++) {
        if (lastRow[items[at]] === row) continue;
        lastRow[items[at]] = row;
        first[length++] = items[at];
      }
    }
  });
  return first.slice(0, length);
}

/** Sorts each row and drops what stands in it twice; the arrays given are used again. */
async function removeRepeats({ offsets, items }: Rows, rest: Rest): Promise<Rows> {
  let length = 0;
  let start = 0;
  await inSlices(offsets.length - 1, rest, (from, to) => {
    for (let row = from; row < to; row++) {
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
  });
  return { offsets, items: items.slice(0, length) };
}
