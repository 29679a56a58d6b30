import { type ColumnTable, table } from 'arquero';
import { canonicalArtist, songKey } from '../../shared/song.ts';
import { Dictionary, PairCodes } from './dictionary.ts';
import type { RowBatch } from './read/row.ts';
import { columnAtOnce, inSlices, type Rest, rester } from './rest.ts';
import { toSessions } from './sessions.ts';

/**
 * A data set as columns. Codes count from 0 in order of first appearance, so equal input gives
 * equal tables.
 */
export interface Tables {
  /** One row a playlist: `id`, and whether it is `named` so or only by its place in a file. */
  playlists: ColumnTable;
  /** One row a song: `title`, `artist` (as most rows spell them), `artistCode`. */
  songs: ColumnTable;
  /** One row an artist: `name`. */
  artists: ColumnTable;
  /** One row an accepted row, repeats included: `playlist` and `song` as Uint32Array. */
  pairs: ColumnTable;
}

/**
 * Rows to columns: strings are coded once while rows stream in, then every spelling of a song is
 * brought to its canonical identity. Memory grows with distinct names plus 8 bytes a row.
 *
 * @param options.sessionGapMs Rows with times become sessions, see {@link toSessions}.
 * @throws the reason of `options.signal`, and what the batches throw.
 */
export async function tabulate(
  batches: AsyncIterable<RowBatch>,
  {
    sessionGapMs,
    signal,
  }: { sessionGapMs?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Tables> {
  const playlists = new Dictionary();
  const titles = new Dictionary();
  const artists = new Dictionary();
  const spellings = new PairCodes();
  const named: boolean[] = [];
  const playlistOfRow = new Uint32Column();
  const spellingOfRow = new Uint32Column();
  const times: number[] = [];
  for await (const batch of batches) {
    for (let i = 0; i < batch.titles.length; i++) {
      const title = titles.code(batch.titles[i]);
      const spelling = spellings.code(title, artists.code(batch.artists[i]));
      const playlist = playlists.code(batch.transactions[i]);
      if (playlist === named.length) named.push(!isPlace(batch.transactions[i], batch.file));
      playlistOfRow.push(playlist);
      spellingOfRow.push(spelling);
      if (sessionGapMs !== undefined) times.push(batch.times![i]);
    }
  }
  const rest = rester(signal);
  const rows = new Uint32Array(spellings.pairs().firsts.length);
  const spellingColumn = spellingOfRow.toArray();
  const count = (from: number, to: number) => {
    for (let row = from; row < to; row++) rows[spellingColumn[row]]++;
  };
  await inSlices(spellingColumn.length, rest, count, columnAtOnce);
  const identified = await identify(spellings.pairs(), titles.names(), artists.names(), rows, rest);
  const songOfRow = new Uint32Array(spellingColumn.length);
  const name = (from: number, to: number) => {
    for (let row = from; row < to; row++) songOfRow[row] = identified.songOf[spellingColumn[row]];
  };
  await inSlices(spellingColumn.length, rest, name, columnAtOnce);
  const tables = {
    playlists: table({ id: playlists.names(), named }),
    songs: identified.songs,
    artists: identified.artists,
    pairs: table({
      playlist: playlistOfRow.toArray(),
      song: songOfRow,
    }),
  };
  return sessionGapMs === undefined ? tables : toSessions(tables, times, sessionGapMs, rest);
}

/** Whether an id is what reading gives a playlist without one: `<file>:<line>`. */
function isPlace(id: string, file: string): boolean {
  return id.startsWith(`${file}:`) && /^\d+$/.test(id.slice(file.length + 1));
}

/**
 * Spellings to songs and artists: one row each, named as most rows name it. By codes and not by
 * Arquero's groups, which cannot have 2^24 different keys.
 *
 * @param spellings Codes of titles and artists, one pair a spelling.
 * @param rows Rows of each spelling.
 */
async function identify(
  { firsts: titleOf, seconds: artistOf }: { firsts: Uint32Array; seconds: Uint32Array },
  titles: readonly string[],
  artists: readonly string[],
  rows: Uint32Array,
  rest: Rest,
): Promise<{ songs: ColumnTable; artists: ColumnTable; songOf: Uint32Array }> {
  const rowsOfArtist = new Uint32Array(artists.length);
  for (let spelling = 0; spelling < rows.length; spelling++) {
    rowsOfArtist[artistOf[spelling]] += rows[spelling];
  }
  const byArtist = await grouped(rowsOfArtist, (artist) => canonicalArtist(artists[artist]), rest);
  const key = (spelling: number) => songKey(titles[titleOf[spelling]], artists[artistOf[spelling]]);
  const bySong = await grouped(rows, key, rest);
  const { mostUsed } = bySong;
  return {
    songs: table({
      title: Array.from(mostUsed, (spelling) => titles[titleOf[spelling]]),
      artist: Array.from(mostUsed, (spelling) => artists[artistOf[spelling]]),
      artistCode: mostUsed.map((spelling) => byArtist.groupOf[artistOf[spelling]]),
    }),
    artists: table({ name: Array.from(byArtist.mostUsed, (artist) => artists[artist]) }),
    songOf: bySong.groupOf,
  };
}

/**
 * Gathers what has one key, groups by first appearance; of each the one used most, the earliest of
 * equals.
 */
async function grouped(
  uses: Uint32Array,
  keyOf: (i: number) => string,
  rest: Rest,
): Promise<{ groupOf: Uint32Array; mostUsed: Uint32Array }> {
  const keys = new Dictionary();
  const groupOf = new Uint32Array(uses.length);
  await inSlices(uses.length, rest, (from, to) => {
    for (let i = from; i < to; i++) groupOf[i] = keys.code(keyOf(i));
  });
  const mostUsed = new Uint32Array(keys.size);
  const most = new Uint32Array(keys.size);
  groupOf.forEach((group, i) => {
    if (uses[i] <= most[group]) return;
    most[group] = uses[i];
    mostUsed[group] = i;
  });
  return { groupOf, mostUsed };
}

/** A Uint32Array that grows; doubling keeps `push` at constant cost. */
class Uint32Column {
  #values = new Uint32Array(1024);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Uint32Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  toArray(): Uint32Array {
    return this.#values.slice(0, this.#length);
  }
}
